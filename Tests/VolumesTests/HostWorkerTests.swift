import Identity
import SQL
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import Volumes

/// What a worker does with flows that it can't carry on, and what becomes of those that nobody waits for any longer.
@Suite(.scratchDirectory)
struct HostWorkerTests {
    @Test func `flows of a newer program wait for a worker that knows them, and don't hold up the others`() async throws
    {
        let scene = try HostScene("alpha", "beta")
        let alpha = try scene["alpha"]
        try await scene.report()
        var control = RequestControl()
        control.waits = false
        for name in ["one", "two"] {
            control.flow = .random()
            _ = try await alpha.create(request(name, in: "default@beta"), control: control)
        }
        let newer = try await alpha.flows(limit: 10).map(\.id)
        try await write("UPDATE flow SET version = version + 1")
        // As many as the worker looks at.
        try await scene.working(on: "beta", flowsPerPool: 1, reportInterval: .milliseconds(20)) {
            _ = try await alpha.create(request("three", in: "default@beta"))
            try await eventually {
                let refusals = try await alpha.host(named: "beta").refusals
                return Set(refusals.map(\.flow)) == Set(newer)
                    && refusals.allSatisfy { $0.reason.contains("is newer than this program") }
            }
        }
        #expect(try await alpha.host(named: "beta").waitingFlows == 2)
        #expect(try await alpha.host(named: "beta").version == ProgramVersion.current)
        // The next worker is of the newer program.
        try await write("UPDATE flow SET version = version - 1 WHERE state <> 'SUCCESS'")
        try await scene.working(on: "beta", reportInterval: .milliseconds(20)) {
            for flow in newer { try await alpha.wait(for: flow, control: RequestControl()) }
            try await eventually { try await alpha.host(named: "beta").refusals.isEmpty }
        }
        try await scene.expectUsage(volumes: 3)
    }

    @Test func `a flow whose worker loses the database in a step goes on as soon as the database is back`() async throws
    {
        let losing = LosingDatabase(try TestDatabase.open())
        let scene = try HostScene("alpha", "beta", database: { $0 == "beta" ? losing : $1 })
        let alpha = try scene["alpha"]
        scene.onCreate(on: "beta") { losing.lose() }
        var control = RequestControl()
        control.waits = false
        try await scene.report()
        _ = try await alpha.create(request("data", in: "default@beta"), control: control)
        try await scene.working(on: "beta", reportInterval: .milliseconds(20)) {
            // A worker tells of a flow that it leaves alone for a while.
            try await eventually {
                if try await !alpha.host(named: "beta").refusals.isEmpty { return true }
                return try await alpha.volume(named: "data").status == .available
            }
        }
        #expect(!losing.hasToLose)
        #expect(try await alpha.volume(named: "data").status == .available)
        try await scene.expectUsage(volumes: 1)
    }

    @Test func `a request that is out of time during a hand-over goes on, and nothing is lost`() async throws {
        let scene = try HostScene("alpha", "beta")
        try await scene.report()
        var control = RequestControl()
        control.deadline = .now + .milliseconds(10)
        let error = await #expect(throws: VolumeError.self) {
            _ = try await scene["alpha"].create(request("data", in: "default@beta"), control: control)
        }
        #expect(error?.code == .timedOut && error?.aftermath == "still running: the flow goes on")
        #expect(error?.flow == control.flow && error?.remedies.contains(.waitForFlow(control.flow)) == true)
        #expect(try await scene["alpha"].volume(named: "data").status == .creating)
        try await scene.working(on: "beta") {
            try await scene["alpha"].wait(for: control.flow, control: RequestControl())
        }
        #expect(try await scene["alpha"].volume(named: "data").status == .available)
        try await scene.expectUsage(volumes: 1)
    }

    private func write(_ statement: String) async throws {
        let database = try TestDatabase.open()
        try await database.write(until: nil) { _ = try $0.execute(statement) }
    }
}

/// A database that is out of reach at the first transaction that writes after a test says so.
private final class LosingDatabase: ForwardingDatabase {
    let base: any SQLDatabase
    private let isLost = Atomic(false)

    init(_ base: any SQLDatabase) { self.base = base }

    func lose() { isLost.store(true, ordering: .relaxed) }

    var hasToLose: Bool { isLost.load(ordering: .relaxed) }

    func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        guard !isLost.exchange(false, ordering: .relaxed) else {
            throw SQLError(.connectionLost, "the test wants it")
        }
        return try await base.write(under: keys, until: deadline, body)
    }
}
