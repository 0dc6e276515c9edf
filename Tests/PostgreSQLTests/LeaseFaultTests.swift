import Foundation
import PostgreSQL
import SQL
import SQLStore
import Subprocess
import SystemPackage
import TestKit
import Testing

/// What becomes of a flow when the process that holds it fails. Leases are short, so that the tests are.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct LeaseFaultTests {
    /// A process with a database of the test's own.
    private static func process() throws -> OwnerProcess {
        OwnerProcess(server: try TestDatabase.uri(ScratchDirectory.database, on: #require(TestDatabase.server)))
    }

    @Test func `the flow of a killed process is taken over at once on the same host`() async throws {
        let (process, locks) = (try Self.process(), ScratchDirectory.path + "/owners")
        // The lease lasts for an hour: only the locks can tell.
        async let killed = process.run("--host-file", locks, "--lease", "3600000", "--wait-at", "2")
        let call = try await OwnerProcess.wait(for: "begin-2")
        kill(call.process, SIGKILL)
        #expect(try await killed == nil)
        #expect(try await process.run("--host-file", locks, "--takes-over") == "SUCCESS")
        try OwnerProcess.expectOneOwner(after: call.process, calls: 3)
    }

    @Test func `the flow of a killed process is taken over on another host when its lease has run out`() async throws {
        let process = try Self.process()
        let path = ScratchDirectory.path
        async let killed = process.run("--host-file", path + "/here", "--lease", "1200", "--wait-at", "2")
        let call = try await OwnerProcess.wait(for: "begin-2")
        kill(call.process, SIGKILL)
        #expect(try await killed == nil)
        #expect(try await process.run("--host-file", path + "/there", "--takes-over") == "SUCCESS")
        try OwnerProcess.expectOneOwner(after: call.process, calls: 3)
        try Self.report("killed", since: call)
    }

    @Test(arguments: ["here", "there"])
    func `a process that was stopped past its lease begins no call, even if a commit has just succeeded`(
        host: String
    ) async throws {
        let (process, path) = (try Self.process(), ScratchDirectory.path)
        // It stops between the commit that records the start of its second call and the call.
        async let stopped = process.run("--host-file", path + "/here", "--lease", "1200", "--stop-after", "2")
        let stop = try await OwnerProcess.wait(for: "stopped")
        try await OwnerProcess.waitUntilStopped(stop.process)
        #expect(try await process.run("--host-file", path + "/" + host, "--takes-over") == "SUCCESS")
        kill(stop.process, SIGCONT)
        #expect(try await stopped == "lease-lost")
        try OwnerProcess.expectOneOwner(after: stop.process, calls: 3)
        #expect(!OwnerProcess.notes.contains { $0.process == stop.process && $0.what == "begin-2" })
        try Self.report("stopped", since: stop)
    }

    @Test func `a lease is renewed while calls block all threads of Swift's pool`() async throws {
        let process = try Self.process()
        async let busy = process.run("--lease", "1200", "--blocks", "--pause", "1000", "--calls", "1")
        try await OwnerProcess.wait(for: "begin-1")
        let store = try SQLStore(PostgreSQLDatabase(ServerAddress(process.server)))
        while !OwnerProcess.notes.contains(where: { $0.what == "end-1" }) {
            #expect(try await store.abandoned().isEmpty)
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await busy == "SUCCESS")
        await store.close()
    }

    @Test(.enabled(if: ShiftedClock.isPossible, "there is no C compiler"))
    func `a clock that is set back or ahead by a day costs no process its lease`() async throws {
        let clock = try await ShiftedClock()
        var process = try Self.process()
        process.prefix = ["env"] + clock.variables
        async let holder = process.run("--lease", "1200", "--wait-at", "2")
        try await OwnerProcess.wait(for: "begin-2")
        let store = try SQLStore(PostgreSQLDatabase(ServerAddress(process.server)))
        for shift: Int64 in [-86_400, 86_400] {
            try clock.shift(by: shift)
            // For longer than the lease.
            for _ in 0..<20 {
                #expect(try await store.abandoned().isEmpty)
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        try OwnerProcess.letGoOn()
        #expect(try await holder == "SUCCESS")
        await store.close()
    }

    @Test(arguments: [SIGINT, SIGKILL])
    func `a server that is away for a moment costs nobody a flow`(signal: Int32) async throws {
        let directory = ScratchDirectory.path + "/server"
        let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Scripts/postgresql")
            .path
        let up = FilePath(scripts + "/up")
        func run(_ program: FilePath) async throws {
            let result = try await Subprocess.run(
                .path(program),
                arguments: [directory],
                output: .discarded,
                error: .string(limit: 1 << 16)
            )
            #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
        }
        try await run(up)
        let variables = try String(contentsOfFile: directory + "/env", encoding: .utf8)
        let server = try #require(variables.firstMatch(of: /VOLUMECTL_TEST_POSTGRESQL='(.*)'/)?.output.1)

        async let holder = OwnerProcess(server: String(server)).run("--wait-at", "2")
        let call = try await OwnerProcess.wait(for: "begin-2")
        let file = try String(contentsOfFile: directory + "/primary/postmaster.pid", encoding: .utf8)
        kill(try #require(pid_t(file.prefix { $0 != "\n" })), signal)
        try await run(up)
        let store = try SQLStore(PostgreSQLDatabase(ServerAddress(String(server))))
        #expect(try await store.abandoned().isEmpty)
        try OwnerProcess.letGoOn()
        #expect(try await holder == "SUCCESS")
        #expect(OwnerProcess.notes.filter { $0.what != "continue" }.allSatisfy { $0.process == call.process })
        await store.close()
        try await run(FilePath(scripts + "/down"))
    }

    @Test(.enabled(if: TestHosts.names.count >= 2, TestHosts.skipReason))
    func `a process whose host is cut off begins no call, and another host takes its flow over`() async throws {
        let tcp = try #require(ProcessInfo.processInfo.environment["VOLUMECTL_TEST_POSTGRESQL_TCP"])
        let server = try TestDatabase.uri(ScratchDirectory.database, on: tcp)
        let hosts = TestHosts.names.map { OwnerProcess(server: server, prefix: TestHosts.command(on: $0)) }
        async let cut = hosts[0].run("--lease", "1500", "--wait-at", "2")
        let call = try await OwnerProcess.wait(for: "begin-2")
        try await TestHosts.run("cut", TestHosts.names[0])
        #expect(try await hosts[1].run("--lease", "1500", "--takes-over") == "SUCCESS")
        try await TestHosts.run("heal", TestHosts.names[0])
        let end = try await cut
        #expect(["lease-lost", "claim-lost", "connection-lost"].contains(end), "\(end ?? "killed")")
        try OwnerProcess.expectOneOwner(after: call.process, calls: 3)
        try Self.report("cut", since: call)
    }

    /// Prints how long a flow was without an owner that can continue it; lines are there to be read, and never checked.
    private static func report(_ what: String, since line: OwnerProcess.Line) throws {
        let claim = try #require(OwnerProcess.notes.first { $0.what == "claimed" })
        print("\(what): taken over after \((claim.time - line.time) / 1_000_000) ms")
    }
}

extension TerminationStatus {
    fileprivate var isSuccess: Bool { self == .exited(0) }
}
