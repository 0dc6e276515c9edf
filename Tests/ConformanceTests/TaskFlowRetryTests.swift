import TaskFlow
import Testing

/// TaskFlow's cases about retries. Where a case traces one of TaskFlow's own retries, a recorder around the retry
/// traces it here.
struct TaskFlowRetryTests {
    let recorder = Recorder()

    /// Fails unless it is the second attempt.
    private var fussy: Step<Call<X, Nothing>> {
        recorder.task("b") { (input: X) in
            if input.x != 2 { throw RuntimeError() }
            return Nothing()
        }
    }

    @Test func `Times, fails once, succeeds on the second attempt`() async throws {
        let flow = try Flow("f", retry: recorder.times(4, named: "r")) {
            recorder.task("a") { (_: Nothing) in Y(y: 5) }
            fussy
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                f.f RUNNING
                r.t RUNNING
                > r.execute(history=[]) -> 1
                r.t SUCCESS(1)
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(5)
                b.t RUNNING
                > b.execute(x=1)
                b.t FAILURE(Failure: RuntimeError: Woot!)
                > r.on_failure(history=[(1, {b: Failure: RuntimeError: Woot!})]) -> RETRY
                b.t REVERTING
                > b.revert(x=1, result=Failure: RuntimeError: Woot!, flow_failures=['b'])
                b.t REVERTED(None)
                a.t REVERTING
                > a.revert(result=5, flow_failures=['b'])
                a.t REVERTED(None)
                r.t RETRYING
                a.t PENDING
                b.t PENDING
                r.t RUNNING
                > r.execute(history=[(1, {b: Failure: RuntimeError: Woot!})]) -> 2
                r.t SUCCESS(2)
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(5)
                b.t RUNNING
                > b.execute(x=2)
                b.t SUCCESS(None)
                f.f SUCCESS
                """
        )
        #expect(run.symbols == "{x: 2, y: 5}")
        #expect(run.raised == nil)
    }

    @Test func `Times counts executions, and exhausted at the root it reverts all`() async throws {
        let flow = try Flow("f", retry: recorder.times(2, named: "r")) {
            recorder.task("a") { (_: Nothing) in Y(y: 5) }
            recorder.task("b") { (_: X) -> Nothing in throw RuntimeError() }
        }
        let run = try await recorder.run(flow)
        let first = "(1, {b: Failure: RuntimeError: Woot!})"
        let both = "[\(first), (2, {b: Failure: RuntimeError: Woot!})]"
        #expect(
            run.hasInOrder([
                "> r.execute(history=[]) -> 1", "> r.on_failure(history=[\(first)]) -> RETRY",
                "> r.execute(history=[\(first)]) -> 2", "> r.on_failure(history=\(both)) -> REVERT",
                "b.t REVERTED(None)",
                "a.t REVERTED(None)", "r.t REVERTING", "> r.revert(history=\(both), flow_failures=['b'])",
                "r.t REVERTED(None)", "f.f REVERTED",
            ])
        )
        #expect(run.symbols == "{}")
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.atoms == "r=REVERTED, a=REVERTED, b=REVERTED")
    }

    @Test func `ForEach walks the list, duplicates included`() async throws {
        let retry = Step(ForEach([3, 2, 3]), named: "r").writing(\.$value, to: "x")
        let flow = try Flow("f", retry: retry) {
            recorder.task("t") { (input: X) -> Nothing in throw RuntimeError(description: "Woot with \(input.x)") }
        }
        let run = try await recorder.run(flow)
        #expect(
            run.hasInOrder([
                "> t.execute(x=3)", "r.t RETRYING", "t.t PENDING", "> t.execute(x=2)", "r.t RETRYING",
                "> t.execute(x=3)",
                "r.t REVERTED(None)", "f.f REVERTED",
            ])
        )
        #expect(run.symbols == "{}")
        #expect(run.raised == "RuntimeError: Woot with 3")
    }

    private func nested(_ recorder: Recorder) throws -> Flow<Nothing> {
        try Flow("top") {
            recorder.task("a")
            LinearFlow("sub", retry: recorder.times(1, named: "r")) {
                recorder.task("b")
                recorder.raising("c")
            }
            recorder.task("d")
        }
    }

    @Test func `a nested REVERT reverts the subflow alone`() async throws {
        let run = try await recorder.run(try nested(recorder))
        #expect(run.hasInOrder(["c.t REVERTED(None)", "b.t REVERTED(None)", "r.t REVERTED(None)", "top.f REVERTED"]))
        #expect(run.symbols == "{}")
        #expect(run.atoms == "a=SUCCESS, r=REVERTED, b=REVERTED, c=REVERTED, d=PENDING")
    }

    @Test func `with deferred reverts, a nested REVERT reverts everything`() async throws {
        let (store, flow) = (MemoryStore(), try nested(recorder))
        let engine = try Engine(flow, request: Nothing(), in: store, options: EngineOptions(defersReverts: true))
        let run = try await recorder.run(engine, of: flow.recipe, in: store)
        #expect(run.hasInOrder(["r.t REVERTED(None)", "a.t REVERTING", "a.t REVERTED(None)", "top.f REVERTED"]))
        #expect(run.atoms == "a=REVERTED, r=REVERTED, b=REVERTED, c=REVERTED, d=PENDING")
    }

    @Test func `an unresolved failure is resolved by a later engine`() async throws {
        let store = MemoryStore()
        let flow = try Flow("f", retry: recorder.times(3, named: "r")) {
            recorder.task("a")
            recorder.raising("b")
        }
        let first = try Engine(flow, request: Nothing(), in: store, options: EngineOptions(neverResolves: true))
        let unresolved = try await recorder.run(first, of: flow.recipe, in: store)
        #expect(!unresolved.trace.contains("on_failure"))
        #expect(unresolved.trace.hasSuffix("b.t FAILURE(Failure: RuntimeError: Woot!)\nf.f FAILURE"))
        #expect(unresolved.atoms == "r=SUCCESS, a=SUCCESS, b=FAILURE")

        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        let run = try await recorder.run(second, of: flow.recipe, in: store)
        let order = ["b.t REVERTED(None)", "a.t REVERTED(None)", "r.t RETRYING", "r.t RETRYING", "f.f REVERTED"]
        #expect(run.hasInOrder(order))
        #expect(run.symbols == "{}")
        #expect(run.atoms == "r=REVERTED, a=REVERTED, b=REVERTED")
    }

    @Test func `REVERT_ALL in a subflow overrides the parent's retry`() async throws {
        let flow = try Flow("top", retry: recorder.times(3, named: "r1")) {
            recorder.task("a")
            LinearFlow("sub", retry: Step(AlwaysRevertAll(), named: "r2")) { recorder.raising("b") }
        }
        let run = try await recorder.run(flow)
        #expect(!run.trace.contains("r1.on_failure"))
        #expect(
            run.hasInOrder(["b.t REVERTED(None)", "r2.t REVERTED(None)", "a.t REVERTED(None)", "r1.t REVERTED(None)"])
        )
        #expect(run.trace.contains("> r1.revert(history=[(1, {})], flow_failures=['b'])"))
    }

    @Test func `an inner REVERT asks the parent, which has its whole flow retried`()
        async throws
    {
        let flow = try Flow("top", retry: recorder.times(3, named: "r1")) {
            recorder.task("a")
            LinearFlow("sub", retry: Step(AlwaysRevert(), named: "r2")) { fussy }
        }
        let run = try await recorder.run(flow)
        #expect(
            run.hasInOrder([
                "> b.execute(x=1)", "> r1.on_failure(history=[(1, {r2: Failure: RuntimeError: Woot!})]) -> RETRY",
                "b.t REVERTED(None)", "r2.t REVERTED(None)", "a.t REVERTED(None)", "r1.t RETRYING", "a.t PENDING",
                "r2.t PENDING", "b.t PENDING", "r1.t RUNNING",
                "> r1.execute(history=[(1, {r2: Failure: RuntimeError: Woot!})]) -> 2", "> b.execute(x=2)",
                "top.f SUCCESS",
            ])
        )
        #expect(run.symbols == "{x: 2}")
        #expect(run.raised == nil)
    }

    @Test func `a retry whose own execute fails is handled by its parent`() async throws {
        let empty = Step(ForEach([Int]()), named: "r").writing(\.$value, to: "x")
        let alone = try await recorder.run(try Flow("f", retry: empty) { recorder.task("a") })
        #expect(alone.hasInOrder(["r.t RUNNING", "r.t REVERTING", "r.t REVERTED(None)", "f.f REVERTED"]))
        #expect(alone.symbols == "{}")
        #expect(alone.atoms == "r=REVERTED, a=PENDING")

        let parent = Recorder()
        let flow = try Flow("top", retry: parent.times(2, named: "r1")) {
            LinearFlow("sub", retry: empty) { parent.task("a") }
        }
        let nested = try await parent.run(flow)
        #expect(
            nested.hasInOrder([
                "> r1.execute(history=[]) -> 1", "r.t REVERTED(None)", "r1.t RETRYING", "r.t PENDING", "r.t RUNNING",
                "r.t REVERTED(None)", "r1.t REVERTING", "r1.t REVERTED(None)", "top.f REVERTED",
            ])
        )
    }

    @Test func `a retry around an unordered flow reverts the siblings, too`() async throws {
        let flow = try Flow("u") {
            UnorderedFlow("u", retry: recorder.times(3, named: "r")) {
                recorder.task("a") { (_: Nothing) in Y(y: 5) }
                fussy
            }
        }
        let run = try await recorder.run(flow)
        #expect(
            run.hasInOrder(["a.t SUCCESS(5)", "a.t REVERTED(None)", "r.t RETRYING", "a.t PENDING", "a.t SUCCESS(5)"])
        )
        #expect(
            run.hasInOrder([
                "> b.execute(x=1)", "b.t REVERTED(None)", "r.t RETRYING", "b.t PENDING", "> b.execute(x=2)",
            ])
        )
        #expect(run.symbols == "{x: 2, y: 5}")
        #expect(run.atoms == "r=SUCCESS, a=SUCCESS, b=SUCCESS")
    }

    @Test func `a retry is no task, and a task no retry`() {
        let asTask = #expect(throws: FlowCompilationError.self) { try Flow("f") { Times(2) } }
        #expect(asTask?.problems == ["'times' is a retry: give it to a flow as its 'retry'"])
        let asRetry = #expect(throws: FlowCompilationError.self) { try Flow("f", retry: recorder.task("a")) {} }
        #expect(asRetry?.problems == ["'f' has 'a' as its retry, but that is not a retry"])
    }
}
