import TaskFlow
import Testing

/// TaskFlow's cases about the hooks of a task's execution and revert.
struct TaskFlowHookTests {
    let recorder = Recorder()

    @Test func `hooks run around execute and revert, post_ even after a failure`() async throws {
        let flow = try Flow("f") {
            Step(Hooked(recorder: recorder), named: "a")
            Step(Hooked(recorder: recorder, error: RuntimeError()), named: "b")
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.pre_execute
                > a.execute
                > a.post_execute
                a.t SUCCESS(None)
                b.t RUNNING
                > b.pre_execute
                > b.execute
                > b.post_execute
                b.t FAILURE(Failure: RuntimeError: Woot!)
                b.t REVERTING
                > b.pre_revert
                > b.revert
                > b.post_revert
                b.t REVERTED(None)
                a.t REVERTING
                > a.pre_revert
                > a.revert
                > a.post_revert
                a.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.atoms == "a=REVERTED, b=REVERTED")
        #expect(run.symbols == "{}")
    }

    // TaskFlow leaves the task RUNNING and its flow FAILURE, with nothing reverted; here the step fails like any other.
    @Test func `an error in a post_ hook fails its step, and the flow is reverted`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            Step(Hooked(recorder: recorder, postError: RuntimeError(description: "post")), named: "pb")
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(None)
                pb.t RUNNING
                > pb.pre_execute
                > pb.execute
                > pb.post_execute
                pb.t FAILURE(Failure: RuntimeError: post)
                pb.t REVERTING
                > pb.pre_revert
                > pb.revert
                > pb.post_revert
                pb.t REVERTED(None)
                a.t REVERTING
                > a.revert(result=None, flow_failures=['pb'])
                a.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(run.raised == "RuntimeError: post")
        #expect(run.atoms == "a=REVERTED, pb=REVERTED")
    }

    /// A task that records all calls and throws in some.
    struct Hooked: RevertibleTask, TaskHooks {
        static let name = "hooked"
        let recorder: Recorder
        var error: RuntimeError?
        var postError: RuntimeError?

        func note(_ call: String) { recorder.note("> \(TaskContext.required.atom).\(call)") }

        func execute(_ input: Nothing) async throws -> Nothing {
            note("execute")
            if let error { throw error }
            return input
        }

        func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws { note("revert") }
        func preExecute() async throws { note("pre_execute") }

        func postExecute() async throws {
            note("post_execute")
            if let postError { throw postError }
        }

        func preRevert() async throws { note("pre_revert") }
        func postRevert() async throws { note("post_revert") }
    }
}
