import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import Varlink

/// What others need that is built or fetched beside the tests.
private enum Neighbour {
    /// The path of a file in the directory of the build or above it.
    static func path(of name: String) -> String? {
        var directory = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while directory.path != "/" {
            let file = directory.appending(path: name).path
            if FileManager.default.fileExists(atPath: file) { return file }
            directory.deleteLastPathComponent()
        }
        return nil
    }

    /// Clients from PyPI.
    static let clients = path(of: "varlink-clients")
    static let control = ["/usr/bin/varlinkctl", "/bin/varlinkctl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Clients").path
}

/// Clients that nobody here wrote.
@Suite struct ForeignClientTests {
    private struct Result {
        let output: String
        let errors: String
        let succeeded: Bool
    }

    private func run(_ program: String, _ arguments: [String]) async throws -> Result {
        let result = try await Subprocess.run(
            program.contains("/") ? .path(.init(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .inherit.updating(["PYTHONPATH": Neighbour.clients ?? "", "PYTHONDONTWRITEBYTECODE": "1"]),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        return Result(
            output: result.standardOutput,
            errors: result.standardError,
            succeeded: result.terminationStatus.isSuccess
        )
    }

    private func python(_ arguments: String...) async throws -> Result { try await run("python3", arguments) }

    private func words(_ output: String) -> String {
        output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static let lacksClients: Comment = "needs clients from PyPI: run Scripts/varlink/clients"

    @Test(.enabled(if: Neighbour.clients != nil, lacksClients))
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
            #expect(once.errors.contains("org.varlink.service.ExpectedMore"), "\(once)")
            let failed = try await python("-m", "varlink.cli", "call", method + "Fail", #"{"name": "x"}"#)
            #expect(failed.errors.contains("io.example.Files.NoSuchFile"), "\(failed)")
            let invalid = try await python("-m", "varlink.cli", "call", method + "Measure", #"{"size": 1, "name": ""}"#)
            #expect(invalid.errors.contains("InvalidParameter") && invalid.errors.contains("size"), "\(invalid)")
        }
    }

    @Test(.enabled(if: Neighbour.clients != nil, lacksClients))
    func `the varlink package starts a service with a listening socket`() async throws {
        let child = try #require(Neighbour.path(of: "varlink-child"))
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

    @Test(.enabled(if: Neighbour.clients != nil, lacksClients))
    func `the varlink package calls a service that was started with its connection`() async throws {
        let child = try #require(Neighbour.path(of: "varlink-child"))
        let result = try await python(Neighbour.scripts + "/execute.py", child)
        #expect(result.output == "hello\n[1, 2, 3]\n0\n", "\(result)")
    }

    @Test(.enabled(if: Neighbour.clients != nil, lacksClients))
    func `the asyncvarlink package exchanges files with a service`() async throws {
        try await Harness.run { harness in
            let result = try await python(Neighbour.scripts + "/descriptors.py", harness.path)
            #expect(result.output == "from the service\nfrom the client\n3\n", "\(result)")
        }
    }

    @Test(.enabled(if: Neighbour.control != nil, "needs varlinkctl: install systemd 255 or newer"))
    func `varlinkctl reads descriptions and calls methods`() async throws {
        let control = try #require(Neighbour.control)
        let child = try #require(Neighbour.path(of: "varlink-child"))
        try await Harness.run { harness in
            for service in [harness.path, "unix:" + harness.path] {
                let validated = try await run(control, ["introspect", service, "io.example.Files"])
                #expect(validated.succeeded && validated.output.contains("method Measure"), "\(validated)")
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
