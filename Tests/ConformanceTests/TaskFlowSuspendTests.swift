import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing

/// TaskFlow's cases about flows that are suspended and resumed.
@Suite(.scratchDirectory)
struct TaskFlowSuspendTests {
    let recorder = Recorder()

    /// Suspends the flow when `step` reaches `state`, after that has been recorded.
    func suspend(_ engine: Engine<some FlowStore>, when step: String, is state: AtomState) -> Int {
        engine.atomNotifier.register([state]) { [recorder, weak engine] change in
            guard change.atom == step else { return }
            recorder.note("> suspend()")
            engine?.suspend()
        }
    }

    @Test func `suspend while running, then resume`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
            recorder.task("c")
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        recorder.listen(to: engine)
        let suspension = suspend(engine, when: "b", is: .success)
        let first = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(
            first.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(None)
                b.t RUNNING
                > b.execute()
                b.t SUCCESS(None)
                > suspend()
                f.f SUSPENDING
                f.f SUSPENDED
                """
        )
        #expect(first.raised == nil)
        #expect(first.state == .suspended)
        #expect(first.atoms == "a=SUCCESS, b=SUCCESS, c=PENDING")

        engine.atomNotifier.deregister(suspension)
        let second = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(second.trace == "f.f RUNNING\nc.t RUNNING\n> c.execute()\nc.t SUCCESS(None)\nf.f SUCCESS")
        #expect(second.raised == nil)
        #expect(second.atoms == "a=SUCCESS, b=SUCCESS, c=SUCCESS")
        #expect(second.symbols == "{}")
    }

    /// Runs a -> b -> c, of which c fails, until b has been reverted.
    func suspendedRollback<Store: FlowStore>(in store: Store) async throws -> (FlowID, Flow<Nothing>, Run) {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
            recorder.raising("c")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        recorder.listen(to: engine)
        _ = suspend(engine, when: "b", is: .reverted)
        return (engine.id, flow, try await recorder.runAgain(engine, of: flow.recipe, in: store))
    }

    @Test func `suspend during a rollback, resume on a new engine from a database`() async throws {
        let store = try SQLStore(TestDatabase.open())
        let (id, flow, first) = try await suspendedRollback(in: store)
        #expect(
            first.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(None)
                b.t RUNNING
                > b.execute()
                b.t SUCCESS(None)
                c.t RUNNING
                > c.execute()
                c.t FAILURE(Failure: RuntimeError: Woot!)
                c.t REVERTING
                > c.revert(result=Failure: RuntimeError: Woot!, flow_failures=['c'])
                c.t REVERTED(None)
                b.t REVERTING
                > b.revert(result=None, flow_failures=['c'])
                b.t REVERTED(None)
                > suspend()
                f.f SUSPENDING
                f.f SUSPENDED
                """
        )
        #expect(first.raised == nil)
        #expect(first.atoms == "a=SUCCESS, b=REVERTED, c=REVERTED")

        let engine = try await Engine(resuming: id, with: flow.recipe, in: store)
        let second = try await recorder.run(engine, of: flow.recipe, in: store)
        #expect(
            second.trace == """
                f.f RUNNING
                a.t REVERTING
                > a.revert(result=None, flow_failures=['c'])
                a.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(second.raised == "WrappedFailure['Woot!']")
        #expect(second.state == .reverted)
        #expect(second.atoms == "a=REVERTED, b=REVERTED, c=REVERTED")
        #expect(second.symbols == "{}")
    }

    @Test(arguments: StoreKind.allCases)
    func `in every store a suspended run is at rest, and engines take turns`(kind: StoreKind) async throws {
        try await takeTurns(in: kind.open())
    }

    private func takeTurns<Store: FlowStore>(in store: Store) async throws {
        let (id, flow, _) = try await suspendedRollback(in: store)
        #expect(try await store.abandoned().isEmpty)
        let second = try await Engine(resuming: id, with: flow.recipe, in: store)
        let third = try await #require(throws: ClaimRefused.self) {
            try await Engine(resuming: id, with: flow.recipe, in: store)
        }
        #expect(third.flow == id)
        second.atomNotifier.register([.reverting]) { [weak second] _ in second?.suspend() }
        #expect(try await second.advance() == .suspended)
        #expect(try await store.abandoned().isEmpty)
        let last = try await Engine(resuming: id, with: flow.recipe, in: store)
        #expect(try await last.advance() == .reverted)
        #expect(recorder.trace.split(separator: "\n").count { $0.hasPrefix("> a.revert") } == 1)
        try await last.reset()
        #expect(try await store.load(id)?.detail.state == .pending)
        #expect(try await store.abandoned().isEmpty)
        #expect(try await Engine(resuming: id, with: flow.recipe, in: store).advance() == .reverted)
    }

    // TaskFlow goes on without the step and its effects; here the flow needs a higher version and an upgrade that knows
    // the step.
    @Test func `a flow that lacks a step that has run is refused`() async throws {
        let store = MemoryStore()
        let (id, _, _) = try await suspendedRollback(in: store)
        recorder.forget()
        let without = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
        }
        await #expect(throws: RecipeMismatch.self) {
            try await Engine(resuming: id, with: without.recipe, in: store)
        }
        #expect(recorder.trace.isEmpty)
        #expect(try await store.load(id)?.detail.state == .suspended)
    }

    // TaskFlow runs a step that was added to a successful flow; here a finished flow stays finished.
    @Test func `a step that is added to a finished flow does not run`() async throws {
        let store = MemoryStore()
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("c")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        #expect(try await recorder.run(engine, of: flow.recipe, in: store).state == .success)
        let longer = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
            recorder.task("c")
        }
        recorder.forget()
        try? await Engine(resuming: engine.id, with: longer.recipe, in: store).run()
        #expect(recorder.trace.isEmpty)
    }

    // TaskFlow loses the finished steps and declares the flow REVERTED; here they are kept, and the queued ones run
    // later.
    @Test func `queued steps of a suspended flow run when it is resumed`() async throws {
        let flow = try Flow("u") {
            UnorderedFlow("u") {
                recorder.task("a") { (_: Nothing) in X(x: 1) }
                recorder.task("b") { (_: Nothing) in Y(y: 2) }
                recorder.task("c") { (_: Nothing) in Z(z: 3) }
            }
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        recorder.listen(to: engine)
        _ = suspend(engine, when: "a", is: .success)
        let first = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(first.state == .suspended)
        #expect(first.atoms == "a=SUCCESS, b=RUNNING, c=RUNNING")
        #expect(first.symbols == "{x: 1}")
        let second = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(
            second.trace == """
                u.f RUNNING
                > b.execute()
                b.t SUCCESS(2)
                > c.execute()
                c.t SUCCESS(3)
                u.f SUCCESS
                """
        )
        #expect(second.symbols == "{x: 1, y: 2, z: 3}")
    }
}
