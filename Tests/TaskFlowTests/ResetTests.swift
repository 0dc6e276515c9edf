import Identity
import Synchronization
import TaskFlow
import Testing

struct ResetTests {
    let store = LedgerStore()
    let trace = Trace()

    /// Gives a host, and fails at the end if that is wanted.
    func flow(failing isFailing: Bool = false) throws -> Flow<Nothing> {
        try Flow("reset") {
            noting("a", in: trace)
            giving("node-1", named: "choose")
            reading("read", in: trace)
            if isFailing { failing("b") }
        }
    }

    @Test(arguments: [false, true])
    func `a run that is over is put where it was before its first step`(isReverted: Bool) async throws {
        let flow = try flow(failing: isReverted)
        let engine = try Engine(flow, request: Nothing(), in: store)
        #expect(try await engine.advance() == (isReverted ? .reverted : .success))
        let journal = try #require(try await store.load(engine.id)?.journal)

        trace.listen(to: engine)
        try await engine.reset()
        #expect(engine.state == .pending)
        #expect(engine.failures.isEmpty)
        #expect(engine.fetchAll().isEmpty)
        #expect(engine.progress(of: "a") == nil)
        let stored = try #require(try await store.load(engine.id))
        #expect(stored.detail.state == .pending)
        // What has happened has happened: the journal only grows.
        #expect(Array(stored.journal.dropLast()) == journal)
        #expect(stored.journal.last?.isReset == true)
        #expect(try await store.abandoned().isEmpty)

        let again = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(again.state == .pending)
        #expect(again.fetchAll().isEmpty)
        #expect(try await again.advance() == (isReverted ? .reverted : .success))
        let run = ["a", "read read node-1"] + (isReverted ? ["undo a"] : [])
        #expect(trace.lines == run + ["PENDING"] + run)
    }

    @Test func `a run that has not begun is as good as reset`() async throws {
        let engine = try Engine(flow(), request: Nothing(), in: store)
        try await engine.reset()
        #expect(try await store.load(engine.id) == nil)
        try await engine.run()
        try await engine.reset()
        try await engine.reset()
        #expect(try await store.load(engine.id)?.journal.count { $0.isReset } == 1)
    }

    @Test(arguments: [FlowState.suspended, .failure])
    func `other runs are refused, and nothing of them is touched`(state: FlowState) async throws {
        let flow = try Flow("reset") {
            Step(
                External { (_: Nothing) in
                    Host(host: "node-1")
                } undoing: { _, _ in
                    throw Woot()
                },
                named: "a"
            )
            if state == .failure { failing("b") } else { noting("b", in: trace) }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        if state == .suspended { engine.atomNotifier.register([.success]) { [weak engine] _ in engine?.suspend() } }
        #expect(try await engine.advance() == state)
        let (before, values) = (try #require(try await store.load(engine.id)), engine.fetchAll().count)
        let error = await #expect(throws: InvalidTransition.self) { try await engine.reset() }
        #expect(error?.description == "flow \(engine.id) can't go from \(state.rawValue) to PENDING")
        let after = try #require(try await store.load(engine.id))
        #expect(after.detail == before.detail)
        #expect(after.journal == before.journal)
        #expect(engine.state == state)
        #expect(engine.fetchAll().count == values)
    }

    @Test func `a run that runs is refused`() async throws {
        let (entered, mayEnd) = (Gate(), Gate())
        let flow = try Flow("reset") {
            Step("slow") {
                entered.open()
                await mayEnd.wait()
            }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        let running = Task { try await engine.run() }
        await entered.wait()
        await #expect(throws: EngineUnavailable.self) { try await engine.reset() }
        mayEnd.open()
        try await running.value
        #expect(engine.state == .success)
    }

    @Test(arguments: LedgerStore.Moment.allCases)
    func `an engine whose store fails to reset is over, and another sees what is stored`(
        moment: LedgerStore.Moment
    ) async throws {
        let store = LedgerStore(faults: [.init(transaction: 4, moment: moment)])
        let flow = try flow()
        let engine = try Engine(flow, request: Nothing(), in: store)
        try await engine.run()
        await #expect(throws: StoreDown.self) { try await engine.reset() }
        await #expect(throws: EngineUnavailable.self) { try await engine.run() }
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(resumed.state == (moment == .instead ? .success : .pending))
        #expect(try await resumed.advance() == .success)
        #expect(trace.count(of: "a") == (moment == .instead ? 1 : 2))
    }

    @Test func `a process that dies after a reset has begun anew`() async throws {
        // Four transactions run the flow and reset it; the sixth would store what 'a' gave.
        let store = LedgerStore(faults: [.init(transaction: 6, moment: .instead)])
        let flow = try flow()
        let engine = try Engine(flow, request: Nothing(), in: store)
        try await engine.run()
        try await engine.reset()
        await #expect(throws: StoreDown.self) { try await engine.run() }
        #expect(!store.hasPendingFaults)
        #expect(try await store.states(of: engine.id) == ["a": .running])
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(try await resumed.advance() == .success)
        #expect(trace.count(of: "a") == 3)
        #expect(trace.count(of: "read read node-1") == 2)
    }

    @Test func `a step's operation is another after a reset`() async throws {
        let operations = Mutex<[OperationID]>([])
        let flow = try Flow("reset") {
            Step("a") { operations.withLock { $0.append(TaskContext.required.operation) } }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        try await engine.run()
        try await engine.reset()
        try await engine.run()
        try await engine.reset()
        try await Engine(resuming: engine.id, with: flow.recipe, in: store).run()
        #expect(Set(operations.withLock { $0 }).count == 3)
    }
}
