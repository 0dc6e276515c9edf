import Foundation
import Programs
import SQL
import TestKit
import Testing

/// `volumed` under a service manager.
@Suite(.scratchDirectory)
struct ServiceManagerTests {
    @Test(arguments: [false, true])
    func `a worker tells its manager when it serves, that it is alive, and that it stops`(isAbstract: Bool) async throws
    {
        let (fleet, manager) = (try Fleet(), try NotifySocket(isAbstract: isAbstract))
        let variables = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "30000"]
        let worker = try await fleet.work(as: fleet.beta.merging(variables) { $1 })
        #expect(try await manager.next() == "READY=1")
        for _ in 1...3 { #expect(try await manager.next() == "WATCHDOG=1") }
        worker.send(SIGTERM)
        var last = try await manager.next()
        while last == "WATCHDOG=1" { last = try await manager.next() }
        #expect(last == "STOPPING=1")
        #expect(await worker.status() == 0)
    }

    @Test func `a worker whose database fails is alive, and one that can't begin is not ready`() async throws {
        let (fleet, manager) = (try Fleet(), try NotifySocket(isAbstract: true))
        let variables = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "30000"]
        let worker = try await fleet.work(as: fleet.beta.merging(variables) { $1 })
        #expect(try await manager.next() == "READY=1")
        // The worker goes on, too, while its manager does not read.
        manager.fill()
        let database = try TestDatabase.open(Scratch.directory("state") + "/volumectl.db")
        try await database.write(until: nil) { _ = try $0.execute("ALTER TABLE flow RENAME TO flow_away") }
        await database.close()
        try await worker.says("the database can't be used")
        _ = manager.pending
        for _ in 1...3 { #expect(try await manager.next() == "WATCHDOG=1") }
        worker.send(SIGKILL)
        #expect(await worker.status() == nil)
        _ = manager.pending
        let nameless = variables.merging(["VOLUMECTL_DB": ""]) { $1 }
        let second = try Background([], with: nameless, program: "volumed")
        #expect(await second.status() == 1)
        #expect(manager.pending.isEmpty)
    }

    private static let unit = URL(filePath: #filePath).appending(path: "../../../etc/volumed.service").standardized

    @Test func `the unit starts the program as it can be started`() async throws {
        let text = try String(contentsOf: Self.unit, encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("ExecStart=") }
        let words = try #require(lines.first).dropFirst("ExecStart=".count).split(separator: " ").map(String.init)
        #expect(lines.count == 1 && words.first == "/usr/local/bin/volumed")
        #expect(text.contains("\nType=notify\n") && text.contains("\nWatchdogSec="))
        let help = try Background(["--help"], program: "volumed")
        #expect(await help.status() == 0)
        for option in words.dropFirst() where option.hasPrefix("-") {
            #expect(try help.output.contains(option), "\(option)")
        }
    }

    private static let analyzer = "/usr/bin/systemd-analyze"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: analyzer), "there is no systemd-analyze"))
    func `systemd understands the unit`() async throws {
        let text = try String(contentsOf: Self.unit, encoding: .utf8)
        let program = try #require(BuiltProgram.path(of: "volumed"))
        let path = try Scratch.write(
            text.replacing("/usr/local/bin/volumed", with: program),
            to: "units/volumed.service"
        )
        let call = ProgramCall(Self.analyzer, ["verify", path], environment: [:], timeLimit: .seconds(300))
        let result = try await SystemPrograms().run(call)
        let complaints = result.messages.split(separator: "\n").filter { $0.contains("volumed") }
        #expect(complaints.isEmpty, "\(result.messages)")
    }
}
