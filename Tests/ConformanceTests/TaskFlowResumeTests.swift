import Foundation
import Identity
import TaskFlow
import Testing

/// TaskFlow's cases about runs whose process has died.
struct TaskFlowResumeTests {
    let recorder = Recorder()
    let store = MemoryStore()

    /// Stores a run of a flow 'f' as a dead process left it.
    func store(_ entries: [(atom: String, state: AtomState, output: String?)]) async throws -> FlowID {
        let now = Date()
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
        return try await store("f", journal[...])
    }

    func store(_ name: String, _ journal: ArraySlice<JournalEntry>) async throws -> FlowID {
        let id = FlowID.random()
        let now = Date()
        let detail = FlowDetail(
            id: id,
            name: name,
            version: 1,
            subject: "",
            request: "{}",
            state: .running,
            createdAt: now,
            updatedAt: now
        )
        try await store.transact { transaction in
            try transaction.insert(detail)
            try transaction.append(Array(journal), after: 0, to: id)
        }
        store.release(Claim(flow: id, epoch: 1))
        return id
    }

    func resume(_ id: FlowID, with flow: Flow<Nothing>) async throws -> Run {
        let engine = try await Engine(resuming: id, with: flow.recipe, in: store)
        return try await recorder.run(engine, of: flow.recipe, in: store)
    }

    // The stored flow is RUNNING already, so this state is not announced again.
    @Test(arguments: [false, true])
    func `crash in a rollback: the step that was REVERTING is reverted again, then the rest`(
        isBetween: Bool
    ) async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
            recorder.raising("c")
        }
        let id = try await store(
            [
                ("a", .running, nil), ("a", .success, "{}"), ("b", .running, nil), ("b", .success, "{}"),
                ("c", .running, nil), ("c", .failure, nil), ("c", .reverting, nil), ("c", .reverted, nil),
                ("b", .reverting, nil),
            ] + (isBetween ? [("b", .reverted, nil)] : [])
        )
        let run = try await resume(id, with: flow)
        let rest = """
            a.t REVERTING
            > a.revert(result=None, flow_failures=['c'])
            a.t REVERTED(None)
            f.f REVERTED
            """
        let again = "> b.revert(result=None, flow_failures=['c'])\nb.t REVERTED(None)\n"
        #expect(run.trace == (isBetween ? "" : again) + rest)
        #expect(run.raised == "WrappedFailure['Woot!']")
        #expect(run.state == .reverted)
        #expect(run.atoms == "a=REVERTED, b=REVERTED, c=REVERTED")
    }

    // Here the flow does not pass through RESUMING and SUSPENDED, because nothing happens between the claim and the
    // first step.
    @Test func `crash while a task was RUNNING`() async throws {
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
        #expect(run.symbols == "{x: 17}")
        #expect(run.raised == nil)
        #expect(run.state == .success)
        #expect(run.atoms == "a=SUCCESS, b=SUCCESS, c=SUCCESS")
    }

    // Here the decision is stored with the failure, so the case's crashes between the two, (2) to (4), are one; the
    // crashes after it are additional.
    @Test(arguments: 1...7)
    func `crash at each step of resolving a failure through a retry`(cut: Int) async throws {
        let flow = try Flow("u") {
            UnorderedFlow("u", retry: recorder.times(3, named: "u_retry")) {
                recorder.task("t") { (_: Nothing) in Y(y: 5) }
            }
        }
        let failure = Failure(RuntimeError(description: "foo"), in: "t")
        let retried = try JSONDecoder()
            .decode(
                Resolution.self,
                from: Data(#"{"decision":"RETRY","retry":"u_retry"}"#.utf8)
            )
        let now = Date()
        func entry(_ atom: String, _ state: AtomState, output: String? = nil) -> JournalEntry {
            JournalEntry(
                atom: atom,
                state: state,
                startedAt: now,
                at: now,
                output: output,
                failure: state == .failure ? failure : nil,
                resolution: state == .failure && cut > 1 ? retried : nil
            )
        }
        let journal = [
            entry("u_retry", .success, output: #"{"attempt":1}"#), entry("t", .running), entry("t", .failure),
            entry("t", .reverting), entry("t", .reverted), entry("u_retry", .retrying),
        ]
        let count = [1: 3, 2: 3, 3: 3, 4: 3, 5: 4, 6: 5, 7: 6][cut]
        let id = try await store("u", journal.prefix(try #require(count)))
        let run = try await resume(id, with: flow)

        let history = "[(1, {t: Failure: RuntimeError: foo})]"
        let lines = [
            "t.t REVERTING", "> t.revert(result=Failure: RuntimeError: foo, flow_failures=['t'])", "t.t REVERTED(None)",
            "u_retry.t RETRYING", "t.t PENDING", "u_retry.t RUNNING", "> u_retry.execute(history=\(history)) -> 2",
            "u_retry.t SUCCESS(2)", "t.t RUNNING", "> t.execute()", "t.t SUCCESS(5)", "u.f SUCCESS",
        ]
        let done = [5: 1, 6: 3, 7: 5][cut] ?? 0
        #expect(run.trace == lines.dropFirst(done).joined(separator: "\n"))
        #expect(run.raised == nil)
        #expect(run.state == .success)
        #expect(run.symbols == "{x: 2, y: 5}")
    }

    @Test func `a rollback goes on without the step that failed, and raises its failure`() async throws {
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
