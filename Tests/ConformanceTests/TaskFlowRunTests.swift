import TaskFlow
import Testing

/// TaskFlow's cases about linear flows that run, fail and revert. Every output has a name here, so it is among the
/// symbols afterwards, even where the case has a result without a name.
struct TaskFlowRunTests {
    let recorder = Recorder()

    // A flow of one step stands for it, because a task alone is not a flow here.
    @Test func `a task by itself is a flow`() async throws {
        let flow = try Flow("a") { recorder.task("a") { (_: Nothing) in X(x: 5) } }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                a.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(5)
                a.f SUCCESS
                """
        )
        #expect(run.symbols == "{x: 5}")
        #expect(run.raised == nil)
        #expect(run.state == .success)
        #expect(run.atoms == "a=SUCCESS")
    }

    @Test func `linear flow passes data forward`() async throws {
        let flow = try Flow("f") {
            recorder.task("a") { (_: Nothing) in X(x: 1) }
            recorder.task("b") { (input: X) in Y(y: input.x + 1) }
            recorder.task("c") { (input: XY) in Z(z: input.x + input.y) }
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(1)
                b.t RUNNING
                > b.execute(x=1)
                b.t SUCCESS(2)
                c.t RUNNING
                > c.execute(x=1, y=2)
                c.t SUCCESS(3)
                f.f SUCCESS
                """
        )
        #expect(run.symbols == "{x: 1, y: 2, z: 3}")
        #expect(run.raised == nil)
        #expect(run.state == .success)
        #expect(run.atoms == "a=SUCCESS, b=SUCCESS, c=SUCCESS")
    }

    @Test func `linear failure reverts in reverse order`() async throws {
        let flow = try Flow("f") {
            recorder.task("a") { (_: Nothing) in X(x: 1) }
            recorder.task("b") { (_: X) in Y(y: 7) }
            recorder.raising("c")
            recorder.task("d")
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(1)
                b.t RUNNING
                > b.execute(x=1)
                b.t SUCCESS(7)
                c.t RUNNING
                > c.execute()
                c.t FAILURE(Failure: RuntimeError: Woot!)
                c.t REVERTING
                > c.revert(result=Failure: RuntimeError: Woot!, flow_failures=['c'])
                c.t REVERTED(None)
                b.t REVERTING
                > b.revert(x=1, result=7, flow_failures=['c'])
                b.t REVERTED(None)
                a.t REVERTING
                > a.revert(result=1, flow_failures=['c'])
                a.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(run.symbols == "{}")
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.state == .reverted)
        #expect(run.atoms == "a=REVERTED, b=REVERTED, c=REVERTED, d=PENDING")
    }

    @Test func `a failing first task leaves the rest untouched`() async throws {
        let flow = try Flow("f") {
            recorder.raising("a")
            recorder.task("b")
            recorder.task("c")
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t FAILURE(Failure: RuntimeError: Woot!)
                a.t REVERTING
                > a.revert(result=Failure: RuntimeError: Woot!, flow_failures=['a'])
                a.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(run.symbols == "{}")
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.state == .reverted)
        #expect(run.atoms == "a=REVERTED, b=PENDING, c=PENDING")
    }

    @Test func `running again after success is a no-op, and after a reset it runs`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        let run = """
            f.f RUNNING
            a.t RUNNING
            > a.execute()
            a.t SUCCESS(None)
            b.t RUNNING
            > b.execute()
            b.t SUCCESS(None)
            f.f SUCCESS
            """
        #expect(try await recorder.run(engine, of: flow.recipe, in: store).trace == run)

        let again = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(again.trace == "f.f RUNNING\nf.f SUCCESS")
        #expect(again.state == .success)

        recorder.forget()
        try await engine.reset()
        #expect(recorder.trace == "a.t PENDING\nb.t PENDING\nf.f PENDING")
        let afterReset = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(afterReset.trace == run)
        #expect(afterReset.atoms == "a=SUCCESS, b=SUCCESS")
    }

    @Test func `running again after REVERTED goes through PENDING`() async throws {
        let flow = try Flow("h") {
            recorder.task("x")
            recorder.raising("y")
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        let run = """
            h.f RUNNING
            x.t RUNNING
            > x.execute()
            x.t SUCCESS(None)
            y.t RUNNING
            > y.execute()
            y.t FAILURE(Failure: RuntimeError: Woot!)
            y.t REVERTING
            > y.revert(result=Failure: RuntimeError: Woot!, flow_failures=['y'])
            y.t REVERTED(None)
            x.t REVERTING
            > x.revert(result=None, flow_failures=['y'])
            x.t REVERTED(None)
            h.f REVERTED
            """
        let first = try await recorder.run(engine, of: flow.recipe, in: store)
        #expect(first.trace == run)
        #expect(first.raised == "RuntimeError: Woot!")
        let again = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(again.trace == "x.t PENDING\ny.t PENDING\nh.f PENDING\n" + run)
        #expect(again.raised == "RuntimeError: Woot!")
        #expect(again.atoms == "x=REVERTED, y=REVERTED")
    }

    // Here both failures are thrown, and another run retries the revert, where TaskFlow declares the flow REVERTED.
    @Test func `a failing revert stops the rollback`() async throws {
        let flow = try Flow("f") {
            recorder.task("a") { (_: Nothing) in X(x: 1) }
            Step(
                Call(recorder: recorder, body: { (_: Nothing) in Y(y: 2) }) { _ in
                    throw RuntimeError(description: "Gotcha!")
                },
                named: "b"
            )
            recorder.raising("c")
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        let run = try await recorder.run(engine, of: flow.recipe, in: store)
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(1)
                b.t RUNNING
                > b.execute()
                b.t SUCCESS(2)
                c.t RUNNING
                > c.execute()
                c.t FAILURE(Failure: RuntimeError: Woot!)
                c.t REVERTING
                > c.revert(result=Failure: RuntimeError: Woot!, flow_failures=['c'])
                c.t REVERTED(None)
                b.t REVERTING
                > b.revert(result=2, flow_failures=['c'])
                b.t REVERT_FAILURE(Failure: RuntimeError: Gotcha!)
                f.f FAILURE
                """
        )
        #expect(run.symbols == "{x: 1, y: 2}")
        #expect(run.raised == "WrappedFailure['Gotcha!', 'Woot!']")
        #expect(run.state == .failure)
        #expect(run.atoms == "a=SUCCESS, b=REVERT_FAILURE, c=REVERTED")

        let again = try await recorder.runAgain(engine, of: flow.recipe, in: store)
        #expect(
            again.trace == """
                f.f RUNNING
                b.t REVERTING
                > b.revert(result=2, flow_failures=['c'])
                b.t REVERT_FAILURE(Failure: RuntimeError: Gotcha!)
                f.f FAILURE
                """
        )
        #expect(again.raised == "WrappedFailure['Gotcha!', 'Woot!']")
        #expect(again.atoms == run.atoms)
    }
}
