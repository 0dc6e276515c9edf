import TaskFlow
import Testing

/// TaskFlow's cases about linear flows that run, fail and revert. What a flow holds afterwards (`fetch_all`) is not ours
/// to tell: a step that wants a value kept writes it.
struct TaskFlowRunTests {
    let recorder = Recorder()

    // Ours is a flow of one step: a task alone is not a flow.
    @Test func `case 01: a task by itself is a flow`() async throws {
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
        #expect(run.raised == nil)
        #expect(run.state == .success)
        #expect(run.atoms == "a=SUCCESS")
    }

    @Test func `case 02: linear flow passes data forward`() async throws {
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
        #expect(run.raised == nil)
        #expect(run.state == .success)
        #expect(run.atoms == "a=SUCCESS, b=SUCCESS, c=SUCCESS")
    }

    @Test func `case 03: linear failure reverts in reverse order`() async throws {
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
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.state == .reverted)
        #expect(run.atoms == "a=REVERTED, b=REVERTED, c=REVERTED, d=PENDING")
    }

    @Test func `case 04: a failing first task leaves the rest untouched`() async throws {
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
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.state == .reverted)
        #expect(run.atoms == "a=REVERTED, b=PENDING, c=PENDING")
    }

    // Ours tells nothing when it is run again: RUNNING would have to be stored, and the end concluded twice.
    @Test func `case 13: running again after success is a no-op`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        let run = try await recorder.run(engine, of: flow.recipe, in: store)
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(None)
                b.t RUNNING
                > b.execute()
                b.t SUCCESS(None)
                f.f SUCCESS
                """
        )
        try await engine.run()
        #expect(recorder.trace == run.trace)
        #expect(await engine.state == .success)
    }

    // Ours raises both failures, because both are true; and it can be run again only by resuming, which tries the
    // revert again, where TaskFlow declares the flow REVERTED.
    @Test func `case 40: a failing revert stops the rollback`() async throws {
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
        #expect(run.raised == "WrappedFailure['Gotcha!', 'Woot!']")
        #expect(run.state == .failure)
        #expect(run.atoms == "a=SUCCESS, b=REVERT_FAILURE, c=REVERTED")

        #expect(try await engine.advance() == .failure)
        #expect(recorder.trace == run.trace)
        let second = Recorder()
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        let again = try await second.run(resumed, of: flow.recipe, in: store)
        #expect(
            again.trace == """
                f.f RUNNING
                b.t REVERTING
                b.t REVERT_FAILURE(Failure: RuntimeError: Gotcha!)
                f.f FAILURE
                """
        )
        #expect(again.raised == "WrappedFailure['Gotcha!', 'Woot!']")
        #expect(again.atoms == run.atoms)
    }
}
