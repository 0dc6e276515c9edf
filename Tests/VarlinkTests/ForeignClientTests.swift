import Foundation
import Programs
import TestKit
import Testing

@testable import Varlink

/// Clients that nobody here wrote.
@Suite struct ForeignClientTests {
    private static let control = ["/usr/bin/varlinkctl", "/bin/varlinkctl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Clients").path

    private func run(_ program: String, _ arguments: [String]) async throws -> ProgramResult {
        let environment = ["PYTHONPATH": BuiltProgram.varlinkClients ?? "", "PYTHONDONTWRITEBYTECODE": "1"]
        let call = ProgramCall(program, arguments, environment: environment, timeLimit: .seconds(3600))
        return try await SystemPrograms().run(call)
    }

    private func python(_ arguments: String...) async throws -> ProgramResult { try await run("python3", arguments) }

    private func words(_ output: String) -> String {
        output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static let lacksClients: Comment = "needs clients from PyPI: run Scripts/varlink/clients"

    @Test(.enabled(if: BuiltProgram.varlinkClients != nil, lacksClients))
    func `the varlink package reads descriptions and calls methods`() async throws {
        try await Harness.run { harness in
            let address = "unix:" + harness.path
            let info = try await python("-m", "varlink.cli", "info", address)
            #expect(words(info.output).contains("Product: files Version: 1"), "\(info)")
            #expect(words(info.output).hasSuffix("Interfaces: org.varlink.service io.example.Files"), "\(info)")
            for (interface, text) in [
                ("io.example.Files", SampleService.text), ("org.varlink.service", StandardInterface.text),
            ] {
                let help = try await python("-m", "varlink.cli", "help", "\(address)/\(interface)")
                #expect(
                    help.output.trimmingCharacters(in: .newlines) == text.trimmingCharacters(in: .newlines),
                    "\(help)"
                )
            }
            let method = "\(address)/io.example.Files."
            let size = try await python("-m", "varlink.cli", "call", method + "Measure", #"{"name": "é"}"#)
            #expect(words(size.output) == #"{ "bytes": 2 }"#, "\(size)")
            let list = try await python("-m", "varlink.cli", "call", "--more", method + "List", #"{"count": 2}"#)
            #expect(words(list.output) == #"{ "name": "file-1" } { "name": "file-2" }"#, "\(list)")
            let once = try await python("-m", "varlink.cli", "call", method + "List", #"{"count": 2}"#)
            #expect(once.messages.contains("org.varlink.service.ExpectedMore"), "\(once)")
            let failed = try await python("-m", "varlink.cli", "call", method + "Fail", #"{"name": "x"}"#)
            #expect(failed.messages.contains("io.example.Files.NoSuchFile"), "\(failed)")
            let invalid = try await python("-m", "varlink.cli", "call", method + "Measure", #"{"size": 1, "name": ""}"#)
            #expect(invalid.messages.contains("InvalidParameter") && invalid.messages.contains("size"), "\(invalid)")
        }
    }

    @Test(.enabled(if: BuiltProgram.varlinkClients != nil, lacksClients))
    func `the varlink package starts a service with a listening socket`() async throws {
        let child = try #require(BuiltProgram.path(of: "varlink-child"))
        let echo = try await python(
            "-m",
            "varlink.cli",
            "-A",
            child,
            "call",
            "io.example.Child.Echo",
            #"{"text": "hello"}"#
        )
        #expect(words(echo.output) == #"{ "text": "hello" }"#, "\(echo)")
        // Its command `help` would leave the service running.
    }

    @Test(.enabled(if: BuiltProgram.varlinkClients != nil, lacksClients))
    func `the varlink package calls a service that was started with its connection`() async throws {
        let child = try #require(BuiltProgram.path(of: "varlink-child"))
        let result = try await python(Self.scripts + "/execute.py", child)
        #expect(result.output == "hello\n[1, 2, 3]\n0\n", "\(result)")
    }

    @Test(.enabled(if: BuiltProgram.varlinkClients != nil, lacksClients))
    func `the asyncvarlink package exchanges files with a service`() async throws {
        try await Harness.run { harness in
            let result = try await python(Self.scripts + "/descriptors.py", harness.path)
            #expect(result.output == "from the service\nfrom the client\n3\n", "\(result)")
        }
    }

    @Test(.enabled(if: control != nil, "needs varlinkctl: install systemd 255 or newer"))
    func `varlinkctl reads descriptions and calls methods`() async throws {
        let control = try #require(Self.control)
        let child = try #require(BuiltProgram.path(of: "varlink-child"))
        try await Harness.run { harness in
            for service in [harness.path, "unix:" + harness.path] {
                let validated = try await run(control, ["introspect", service, "io.example.Files"])
                #expect(validated.isSuccess && validated.output.contains("method Measure"), "\(validated)")
                let size = try await run(
                    control,
                    ["--json=short", "call", service, "io.example.Files.Measure", #"{"name":"abc"}"#]
                )
                #expect(size.output == "{\"bytes\":3}\n", "\(size)")
                let list = try await run(
                    control,
                    ["--json=short", "--more", "call", service, "io.example.Files.List", #"{"count":2}"#]
                )
                #expect(words(list.output).replacing("\u{1e}", with: "").contains(#"{"name":"file-2"}"#), "\(list)")
            }
            let echo = try await run(
                control,
                ["--json=short", "call", "exec:" + child, "io.example.Child.Echo", #"{"text":"x"}"#]
            )
            #expect(echo.output == "{\"text\":\"x\"}\n", "\(echo)")
        }
    }
}
