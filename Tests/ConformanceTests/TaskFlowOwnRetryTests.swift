import TaskFlow
import Testing

/// TaskFlow's cases about custom retries and about a retry's history.
struct TaskFlowOwnRetryTests {
    /// The error of a connection.
    enum ConnectionError: String, Error, Codable, CustomStringConvertible {
        case refused = "no route"
        case reset

        var description: String { rawValue }
    }

    struct Bug: Error, CustomStringConvertible {
        let description = "'bug'"
    }

    /// A retry that repeats the flow after a ``ConnectionError``.
    struct ByType: Retry {
        typealias Output = X
        static let name = "by-type"
        let recorder: Recorder

        func execute(_ input: Nothing, history: History<Output>) -> Output {
            X(x: history.attempts.count + 1)
        }

        func onFailure(_ input: Nothing, history: History<Output>) -> Decision {
            let isWorthIt = history.lastFailures.contains { $0.error(as: ConnectionError.self) != nil }
            let decision = isWorthIt ? Decision.retry : .revertAll
            recorder.note("> r.on_failure(history=\(history.words(\.x))) -> \(decision.rawValue)")
            return decision
        }
    }

    let recorder = Recorder()

    @Test func `a custom retry decides by the class of the failure`() async throws {
        let errors: [any Error] = [ConnectionError.refused, ConnectionError.reset, Bug()]
        let flow = try Flow("top") {
            recorder.task("a")
            LinearFlow("sub", retry: Step(ByType(recorder: recorder), named: "r")) {
                recorder.task("t") { (input: X) -> Nothing in throw errors[input.x - 1] }
            }
        }
        let run = try await recorder.run(flow)
        let first = "(1, {t: Failure: ConnectionError: no route})"
        let second = "(2, {t: Failure: ConnectionError: reset})"
        let third = "(3, {t: Failure: Bug: 'bug'})"
        #expect(
            run.trace == """
                top.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS(None)
                r.t RUNNING
                r.t SUCCESS(1)
                t.t RUNNING
                > t.execute(x=1)
                t.t FAILURE(Failure: ConnectionError: no route)
                > r.on_failure(history=[\(first)]) -> RETRY
                t.t REVERTING
                > t.revert(x=1, result=Failure: ConnectionError: no route, flow_failures=['t'])
                t.t REVERTED(None)
                r.t RETRYING
                t.t PENDING
                r.t RUNNING
                r.t SUCCESS(2)
                t.t RUNNING
                > t.execute(x=2)
                t.t FAILURE(Failure: ConnectionError: reset)
                > r.on_failure(history=[\(first), \(second)]) -> RETRY
                t.t REVERTING
                > t.revert(x=2, result=Failure: ConnectionError: reset, flow_failures=['t'])
                t.t REVERTED(None)
                r.t RETRYING
                t.t PENDING
                r.t RUNNING
                r.t SUCCESS(3)
                t.t RUNNING
                > t.execute(x=3)
                t.t FAILURE(Failure: Bug: 'bug')
                > r.on_failure(history=[\(first), \(second), \(third)]) -> REVERT_ALL
                t.t REVERTING
                > t.revert(x=3, result=Failure: Bug: 'bug', flow_failures=['t'])
                t.t REVERTED(None)
                r.t REVERTING
                r.t REVERTED(None)
                a.t REVERTING
                > a.revert(result=None, flow_failures=['t'])
                a.t REVERTED(None)
                top.f REVERTED
                """
        )
        #expect(run.raised == "Bug: 'bug'")
        #expect(run.atoms == "a=REVERTED, r=REVERTED, t=REVERTED")
        #expect(run.symbols == "{}")
    }

    @Test func `a retry starts a new history when an outer retry retries its flow`() async throws {
        let flow = try Flow("top", retry: recorder.times(2, named: "outer")) {
            LinearFlow(
                "sub",
                retry: Step(RecordedTimes(recorder: recorder, name: "inner", times: Times(2)), named: "inner")
            ) {
                recorder.raising("t")
            }
        }
        let run = try await recorder.run(flow)
        let words = run.trace.split(separator: "\n").filter { $0.hasPrefix("> inner.execute") }
        let once = "(1, {t: Failure: RuntimeError: Woot!})"
        #expect(
            words == [
                "> inner.execute(history=[]) -> 1", "> inner.execute(history=[\(once)]) -> 2",
                "> inner.execute(history=[]) -> 1", "> inner.execute(history=[\(once)]) -> 2",
            ]
        )
        #expect(run.atoms == "outer=REVERTED, inner=REVERTED, t=REVERTED")
    }

    /// A retry whose revert fails until it is repaired.
    struct Stuck: RevertibleRetry {
        static let name = "stuck"
        let recorder: Recorder

        func execute(_ input: Nothing, history: History<Nothing>) -> Nothing { input }
        func onFailure(_ input: Nothing, history: History<Nothing>) -> Decision { .revert }

        func revert(_ input: Nothing, history: History<Nothing>) async throws {
            recorder.note("> r.revert(attempts=\(history.attempts.count))")
            if recorder.trace.split(separator: "\n").count(where: { $0.hasPrefix("> r.revert") }) == 1 {
                throw RuntimeError(description: "Gotcha!")
            }
        }
    }

    // TaskFlow declares the flow REVERTED when it runs again; here the revert is retried with the same history.
    @Test func `a retry whose revert fails stops the rollback, and may try again`() async throws {
        let flow = try Flow("f", retry: Step(Stuck(recorder: recorder), named: "r")) {
            recorder.task("a")
            recorder.raising("b")
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        let run = try await recorder.run(engine, of: flow.recipe, in: store)
        #expect(run.trace.hasSuffix("r.t REVERT_FAILURE(Failure: RuntimeError: Gotcha!)\nf.f FAILURE"))
        #expect(run.raised == "WrappedFailure['Gotcha!', 'Woot!']")
        #expect(run.atoms == "r=REVERT_FAILURE, a=REVERTED, b=REVERTED")

        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        recorder.listen(to: resumed)
        await #expect(throws: WrappedFailure.self) { try await resumed.run() }
        #expect(recorder.trace.hasSuffix("r.t REVERTING\n> r.revert(attempts=1)\nr.t REVERTED(None)\nf.f REVERTED"))
    }

    // TaskFlow reports the failure again in later reverts and in the thrown error; here it is forgotten with the
    // attempt.
    @Test func `a failure that a retry has resolved is not reported again`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            LinearFlow("sub", retry: recorder.times(2, named: "r")) {
                recorder.task("b") { (input: X) in
                    if input.x == 1 { throw RuntimeError(description: "resolved") }
                    return Nothing()
                }
            }
            recorder.raising("c")
        }
        let run = try await recorder.run(flow)
        #expect(run.trace.contains("> a.revert(result=None, flow_failures=['c'])"))
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.atoms == "a=REVERTED, r=REVERTED, b=REVERTED, c=REVERTED")
    }

    @Test(arguments: [false, true])
    func `the values to try are an input, exhausted or empty`(isEmpty: Bool) async throws {
        struct Values: Fields { @Field var values: [Int] }
        let retry = Step(ParameterizedForEach(of: Int.self), named: "r").writing(\.$value, to: "x")
        let flow = try Flow("f", taking: Values.self, retry: retry) {
            recorder.task("t") { (input: X) -> Nothing in throw RuntimeError(description: "Woot with \(input.x)") }
        }
        let run = try await recorder.run(flow, Values(values: isEmpty ? [] : [7, 8]))
        let calls = run.trace.split(separator: "\n").filter { $0.contains("execute") }
        #expect(calls == (isEmpty ? [] : ["> t.execute(x=7)", "> t.execute(x=8)"]))
        #expect(run.raised == (isEmpty ? "NoValueLeft: there is no value left to try" : "RuntimeError: Woot with 8"))
        #expect(run.atoms == (isEmpty ? "r=REVERTED, t=PENDING" : "r=REVERTED, t=REVERTED"))
    }
}
