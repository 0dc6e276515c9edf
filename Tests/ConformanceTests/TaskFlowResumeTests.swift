import Foundation
import Identity
import TaskFlow
import Testing

/// TaskFlow's cases about runs that another process has left.
struct TaskFlowResumeTests {
    let recorder = Recorder()
    let store = MemoryStore()

    /// Stores a run of a flow 'f' as a dead process left it.
    func store(_ entries: [(atom: String, state: AtomState, output: String?)]) async throws -> FlowID {
        let id = FlowID.random()
        let now = Date()
        let detail = FlowDetail(
            id: id,
            name: "f",
            version: 1,
            subject: "",
            request: "{}",
            state: .running,
            createdAt: now,
            updatedAt: now
        )
        let journal = entries.map { entry in
            JournalEntry(
                atom: entry.atom,
                state: entry.state,
                startedAt: now,
                at: now,
                output: entry.output,
                failure: entry.state == .failure ? Failure(RuntimeError(), in: entry.atom) : nil
            )
        }
        try await store.transact { transaction in
            try transaction.insert(detail)
            try transaction.append(journal, after: 0, to: id)
        }
        store.release(Claim(flow: id, epoch: 1))
        return id
    }

    func resume(_ id: FlowID, with flow: Flow<Nothing>) async throws -> Run {
        let engine = try await Engine(resuming: id, with: flow.recipe, in: store)
        return try await recorder.run(engine, of: flow.recipe, in: store)
    }

    // The first run of the case is suspended; here its process has died at the same place. The flow is RUNNING as stored,
    // so that is not told again.
    @Test func `case 50: a rollback goes on on a new engine, and raises the failure from the store`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
            recorder.raising("c")
        }
        let id = try await store([
            ("a", .running, nil), ("a", .success, "{}"), ("b", .running, nil), ("b", .success, "{}"),
            ("c", .running, nil), ("c", .failure, nil), ("c", .reverting, nil), ("c", .reverted, nil),
            ("b", .reverting, nil), ("b", .reverted, nil),
        ])
        let run = try await resume(id, with: flow)
        #expect(
            run.trace == """
                a.t REVERTING
                > a.revert(result=None, flow_failures=['c'])
                a.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(run.raised == "WrappedFailure['Woot!']")
        #expect(run.state == .reverted)
        #expect(run.atoms == "a=REVERTED, b=REVERTED, c=REVERTED")
    }

    // Ours does not go through RESUMING and SUSPENDED: nothing happens between the claim and the first step.
    @Test func `case 52: crash while a task was RUNNING`() async throws {
        let flow = try Flow("f") {
            recorder.task("a") { (_: Nothing) in X(x: 0) }
            recorder.task("b") { (_: X) in Nothing() }
            recorder.task("c")
        }
        let id = try await store([("a", .running, nil), ("a", .success, #"{"x":17}"#), ("b", .running, nil)])
        let run = try await resume(id, with: flow)
        #expect(
            run.trace == """
                > b.execute(x=17)
                b.t SUCCESS(None)
                c.t RUNNING
                > c.execute()
                c.t SUCCESS(None)
                f.f SUCCESS
                """
        )
        #expect(run.raised == nil)
        #expect(run.state == .success)
        #expect(run.atoms == "a=SUCCESS, b=SUCCESS, c=SUCCESS")
    }

    // TaskFlow goes on with whatever flow it is given; ours wants the flow's version raised, and an upgrade.
    @Test func `case 55: a flow that lacks a step that has run is refused`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
        }
        let id = try await store([
            ("a", .running, nil), ("a", .success, "{}"), ("b", .running, nil), ("b", .success, "{}"),
            ("c", .running, nil), ("c", .failure, nil), ("c", .reverting, nil), ("c", .reverted, nil),
        ])
        await #expect(throws: RecipeMismatch.self) { try await resume(id, with: flow) }
        #expect(recorder.trace.isEmpty)
    }

    @Test func `case 55: a rollback goes on without the step that failed, and raises its failure`() async throws {
        let undisturbed = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
            recorder.raising("c")
        }
        // The process dies while 'b' is reverted, and before 'a' is.
        let mortal = FailingStore(store, at: 6, .instead)
        let engine = try Engine(undisturbed, request: Nothing(), in: mortal)
        await #expect(throws: FailingStore<MemoryStore>.Death.self) { try await engine.run() }
        let flow = try Flow("f", version: 2, upgrades: [Upgrade(from: 1) { $0.drop("c") }]) {
            recorder.task("a")
            recorder.task("b")
        }
        recorder.forget()
        let run = try await resume(engine.id, with: flow)
        #expect(
            run.trace == """
                > b.revert(result=None, flow_failures=['c'])
                b.t REVERTED(None)
                a.t REVERTING
                > a.revert(result=None, flow_failures=['c'])
                a.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(run.raised == "WrappedFailure['Woot!']")
        #expect(run.state == .reverted)
        #expect(run.atoms == "a=REVERTED, b=REVERTED")
    }
}
