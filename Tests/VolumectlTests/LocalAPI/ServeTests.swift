import Foundation
import Programs
import Subprocess
import TestKit
import Testing
import Varlink

@testable import volumectl

/// `volumectl serve` as a process: its sockets, its callers, and its end.
@Suite(.scratchDirectory)
struct ServeTests {
    private static var path: String { ScratchDirectory.path + "/s" }

    /// Runs `body` beside a service, and then ends the service, unless `body` has.
    private func serving(
        _ arguments: String...,
        with variables: [String: String] = [:],
        ends: Bool = true,
        _ body: (Background) async throws -> Void
    ) async throws {
        let service = try Background(["serve", "--socket", Self.path] + arguments, with: variables)
        do {
            try await service.says("serving on ")
            try await body(service)
        } catch {
            service.send(SIGKILL)
            throw error
        }
        if ends { service.send(SIGTERM) }
        #expect(await service.status() == 0)
    }

    private func call(
        _ method: String,
        _ parameters: [String: JSON] = [:],
        on client: Client? = nil
    ) async throws -> JSON {
        let client = if let client { client } else { try await Client.connect(to: Self.path) }
        let name = "io.volumectl.Volumes.\(method)"
        return try await client.call(name, JSON.object(parameters), returning: JSON.self).parameters
    }

    private let small: [String: JSON] = ["name": "data", "size_bytes": .int(1 << 20)]

    @Test func `a service and commands show the same`() async throws {
        try await serving { _ in
            #expect(try Scratch.mode(of: Self.path) == 0o600)
            _ = try await call("Create", small)
            let shown = try JSONDecoder()
                .decode(JSON.self, from: Data(try await volumectl("show", "data", "-o", "json").output.utf8))
            #expect(try await call("Get", ["volume": "data"])["volume"] == shown)
        }
        #expect(!Scratch.exists(Self.path))
        let refused = try await volumectl("rm", "none", "-y", "-o", "json")
        try await serving { _ in
            let error = await #expect(throws: CallError.self) { try await call("Delete", ["volume": "none"]) }
            let printed = try JSONDecoder().decode(JSON.self, from: Data(refused.errors.utf8))
            #expect(error.map { JSON.object($0.parameters) } == printed, "\(refused)")
        }
    }

    @Test func `a caller that hangs up does not end its flow, and an order to stop waits for its answer`() async throws
    {
        let driver = GatedDriver()
        let variables = try driver.configure()
        try driver.close("create")
        try await serving(with: variables, ends: false) { service in
            let gone = try await Client.connect(to: Self.path)
            let asking = Task { [small] in try await call("Create", small, on: gone) }
            try await driver.arrival(at: "create")
            gone.close()
            await #expect(throws: VarlinkError.self) { try await asking.value }
            try driver.open("create")
            try await eventually { try await call("Get", ["volume": "data"])["volume"]?["status"] == "available" }
            try driver.close("delete")
            let removal = Task { try await call("Delete", ["volume": "data"]) }
            try await driver.arrival(at: "delete")
            service.send(SIGTERM)
            try await service.says("stopping")
            try driver.open("delete")
            #expect(try await removal.value["flow"]?.text != nil)
        }
        let volumes = try driver.volumes
        #expect(volumes.isEmpty)
    }

    @Test func `a flow that is not waited for goes on, is watched to its end, and is told as events`() async throws {
        let driver = GatedDriver()
        let variables = try driver.configure()
        try driver.close("create")
        try await serving(with: variables, ends: false) { service in
            let client = try await Client.connect(to: Self.path)
            let name = "io.volumectl.Volumes.WatchEvents"
            var events = try await client.callForMore(name, JSON.object(["after": .int(0)]), returning: JSON.self)
                .makeAsyncIterator()
            let begun = try await call("Create", small.merging(["wait_seconds": .int(0)]) { $1 })
            #expect(begun["volume"]?["status"] == "creating")
            #expect(try await events.next()?.parameters["event"]?["event_type"] == "volume.create.start")
            let flow = ["flow": begun["volume"]?["flow"] ?? .null]
            let error = await #expect(throws: CallError.self) {
                try await call("WaitForFlow", flow.merging(["wait_seconds": .int(1)]) { $1 })
            }
            #expect(error?.name == "io.volumectl.Volumes.TimedOut")
            try await driver.arrival(at: "create")
            let watcher = try await Client.connect(to: Self.path)
            let method = "io.volumectl.Volumes.WatchFlow"
            var states: [JSON] = []
            for try await reply in try await watcher.callForMore(method, JSON.object(flow), returning: JSON.self) {
                if states.isEmpty { try driver.open("create") }
                states.append(reply.parameters["flow"]?["state"] ?? .null)
            }
            #expect(states.first == "running" && states.last == "success", "\(states)")
            #expect(try await events.next()?.parameters["event"]?["event_type"] == "volume.create.end")
            // Those who watch don't hold the end up.
            service.send(SIGTERM)
            #expect(try await events.next()?.parameters == .empty)
        }
    }

    @Test func `a service finishes what a process left that died`() async throws {
        let driver = GatedDriver()
        let variables = try driver.configure()
        try await serving(with: variables) { _ in
            try await driver.kill(in: "create", "create", "data", "1M", with: variables)
            try driver.open("create")
            try await eventually {
                let volumes = try await Client.connect(to: Self.path)
                    .callForMore("io.volumectl.Volumes.ListFlows", returning: JSON.self)
                return try await volumes.reduce(into: []) { $0.append($1.parameters["flow"]?["state"]) } == ["success"]
            }
        }
    }

    @Test func `a service tells its manager when it serves, that it is alive, and that it stops`() async throws {
        let manager = try NotifySocket(isAbstract: true)
        let variables = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "30000"]
        try await serving(with: variables, ends: false) { service in
            #expect(try await manager.next() == "READY=1")
            for _ in 1...3 { #expect(try await manager.next() == "WATCHDOG=1") }
            service.send(SIGTERM)
            var last = try await manager.next()
            while last == "WATCHDOG=1" { last = try await manager.next() }
            #expect(last == "STOPPING=1")
        }
    }

    @Test func `a place where others could put a socket of theirs is refused, as is a second service`() async throws {
        try await serving { _ in
            let second = try await volumectl("serve", "--socket", Self.path)
            expect(4, from: second)
            #expect(try second.error.headline.contains("another process does"))
            let shared = try Scratch.directory("shared")
            try #require(chmod(shared, 0o777) == 0)
            expect(11, from: try await volumectl("serve", "--socket", shared + "/s"))
            expect(64, from: try await volumectl("serve", "--socket", Self.path, "--mode", "9"))
        }
    }

    /// Calls a method as another user.
    private func call(as user: UInt32, _ message: String) async throws -> String {
        let script = """
            import os, socket, sys
            os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(sys.argv[2])
            peer.sendall(sys.argv[3].encode() + b"\\0")
            reply = b""
            while not reply.endswith(b"\\0"): reply += peer.recv(65536)
            print(reply[:-1].decode())
            """
        let call = ProgramCall("/usr/bin/python3", ["-c", script, "\(user)", Self.path, message])
        return try await SystemPrograms().run(call).output
    }

    @Test(.enabled("needs root, to be another user") { Machine.isRoot })
    func `another user acts in a project of that user, and the policy decides`() async throws {
        try await serving("--mode", "666") { _ in
            _ = try await call("Create", small)
            let method = "io.volumectl.Volumes"
            let create = #"{"method":"\#(method).Create","parameters":{"name":"data","size_bytes":1048576}}"#
            let list = #"{"method":"\#(method).List","more":true}"#
            let nobody: UInt32 = 4_000_000
            #expect(try await call(as: nobody, list) == "{\"parameters\":{}}\n")
            let created = try await call(as: nobody, create)
            #expect(created.contains(#""project":"4000000""#), "\(created)")
            #expect(try await call(as: nobody, list).contains(#""project":"4000000""#))
            // Its own user and root see what they see on the command line.
            #expect(try await call("Get", ["volume": "data"])["volume"]?["project"] == "default")
            let disable = #"{"method":"\#(method).DisablePool","parameters":{"pool":"default","reason":"x"}}"#
            let denied = try await call(as: nobody, disable)
            #expect(denied.contains(#""error":"io.volumectl.Volumes.NotPermitted""#), "\(denied)")
            #expect(denied.contains("demands role admin"), "\(denied)")
        }
    }

    @Test(.enabled("needs root, to be another user") { Machine.isRoot })
    func `the lists of the policy give other users their roles`() async throws {
        let configuration = try Scratch.write("policy: {readers: ['*'], admins: ['@4000001']}\n", to: "policy.yaml")
        try await serving("--mode", "666", with: ["VOLUMECTL_CONFIG": configuration]) { _ in
            let create = #"{"method":"io.volumectl.Volumes.Create","parameters":{"size_bytes":1048576}}"#
            let reader = try await call(as: 4_000_000, create)
            #expect(reader.contains("NotPermitted"))
            let admin = try await call(as: 4_000_001, create)
            #expect(admin.contains(#""project":"4000001""#))
        }
    }

    /// Starts the program with an inherited socket, as systemd and varlinkctl do.
    private func inheriting(_ socket: Int32, _ arguments: String...) throws -> Int32 {
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nowhere) }
        let program = try #require(Command.program)
        let start = ProcessStart(
            arguments: [
                "bash", "-c", #"export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@""#, program, "serve",
            ] + arguments,
            environment: try Command(arguments: [], variables: [:]).environment.map { "\($0.key)=\($0.value)" },
            files: [nowhere, nowhere, nowhere, socket]
        )
        return try start.execute("/bin/bash")
    }

    private func status(of process: Int32) async throws -> Int32 {
        var status: Int32 = 0
        try await eventually { waitpid(process, &status, WNOHANG) == process }
        return status
    }

    @Test func `a process that is started with a connection serves it to its end`() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let (here, there) = (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
        let process = try inheriting(there.number)
        let client = try Client(on: here)
        #expect(try await call("Create", small, on: client)["is_new"] == .bool(true))
        client.close()
        #expect(try await status(of: process) == 0)
    }

    @Test func `a process that is started with a listening socket serves those who connect`() async throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let owner = Descriptor(owning: listener)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Self.path
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(owner.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound && listen(owner.number, 8) == 0)
        let process = try inheriting(owner.number)
        #expect(try await call("Create", small)["is_new"] == .bool(true))
        kill(process, SIGTERM)
        #expect(try await status(of: process) == 0)
        // The socket is the manager's, for the next process.
        #expect(Scratch.exists(path))
    }

    private static let units = URL(filePath: #filePath).appending(path: "../../../../etc/systemd").standardized
    private static let unitNames =
        ((try? FileManager.default.contentsOfDirectory(atPath: units.path)) ?? []).filter { $0.hasPrefix("volumectl") }

    @Test func `the units start the program as it can be started, and the sockets are where clients look`() throws {
        #expect(Self.unitNames.count == 4)
        for name in Self.unitNames {
            let text = try String(contentsOf: Self.units.appending(path: name), encoding: .utf8)
            if name.hasSuffix(".socket") {
                #expect(text.contains("\nListenStream=/run/volumectl/\(ServedSockets.name)\n"))
                #expect(text.contains("\nSocketMode=0600\n"))
                #expect(name.contains("each") == text.contains("\nAccept=yes\n"))
            } else {
                #expect(text.contains("\nExecStart=/usr/local/bin/volumectl serve\n"))
                #expect(text.contains("\nType=notify\n") && text.contains("\nWatchdogSec="))
            }
        }
    }

    private static let analyzer = "/usr/bin/systemd-analyze"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: analyzer), "there is no systemd-analyze"))
    func `systemd understands the units`() async throws {
        let program = try #require(Command.program)
        var paths: [String] = []
        for name in Self.unitNames {
            let text = try String(contentsOf: Self.units.appending(path: name), encoding: .utf8)
            let unit = text.replacing("/usr/local/bin/volumectl", with: program)
            // A template is looked at by one of its instances.
            let file = try Scratch.write(unit, to: "units/\(name)")
            paths.append(file.replacing("@.", with: "@1."))
        }
        let call = ProgramCall(Self.analyzer, ["verify"] + paths.sorted(), environment: [:], timeLimit: .seconds(300))
        let result = try await SystemPrograms().run(call)
        let complaints = result.messages.split(separator: "\n").filter { $0.contains("volumectl") }
        #expect(complaints.isEmpty, "\(result.messages)")
    }
}
