import TaskFlow
import Testing

struct NotifierTests {
    let trace = Trace()

    func engine(@FlowBuilder _ steps: () -> [any FlowPart]) throws -> Engine<LedgerStore> {
        try Engine(Flow("told", steps: steps), request: Nothing(), in: LedgerStore())
    }

    @Test func `every change of the flow and of its steps is told, with the state before`() async throws {
        let engine = try engine {
            noting("a", in: Trace())
            failing("b")
        }
        engine.notifier.register { [trace] in trace.note("\($0.name) \($0.oldState.rawValue) \($0.state.rawValue)") }
        engine.atomNotifier.register { [trace] in trace.note("\($0.atom) \($0.oldState.rawValue) \($0.state.rawValue)")
        }
        try await engine.advance()
        #expect(
            trace.lines == [
                "told PENDING RUNNING",
                "a PENDING RUNNING", "a RUNNING SUCCESS",
                "b PENDING RUNNING", "b RUNNING FAILURE",
                "b FAILURE REVERTING", "b REVERTING REVERTED",
                "a SUCCESS REVERTING", "a REVERTING REVERTED",
                "told RUNNING REVERTED",
            ]
        )
    }

    @Test(arguments: [EffectTests.Kind.pure, .transactional, .failing])
    func `the end of a flow is told after the end of its steps`(kind: EffectTests.Kind) async throws {
        let engine = try engine { EffectTests.part(kind, named: "a") }
        engine.notifier.register { [trace] in trace.note("flow \($0.state.rawValue)") }
        engine.atomNotifier.register([.success, .reverted]) { [trace] in trace.note("a \($0.state.rawValue)") }
        let state = try await engine.advance().rawValue
        #expect(trace.lines == ["flow RUNNING", "a \(state)", "flow \(state)"])
    }

    @Test func `handlers can ask for some states only`() async throws {
        let engine = try engine {
            noting("a", in: Trace())
            failing("b")
        }
        engine.atomNotifier.register([.success, .failure]) { [trace] in trace.note("\($0.atom) \($0.state.rawValue)") }
        engine.notifier.register([.success]) { [trace] in trace.note("\($0.state.rawValue)") }
        try await engine.advance()
        #expect(trace.lines == ["a SUCCESS", "b FAILURE"])
    }

    @Test func `handlers are called in the order of their registration`() async throws {
        let engine = try engine {}
        for number in 1...3 {
            engine.notifier.register([.success]) { [trace] _ in trace.note("\(number)") }
        }
        try await engine.advance()
        #expect(trace.lines == ["1", "2", "3"])
    }

    @Test func `a handler that was deregistered is not called`() async throws {
        let engine = try engine {}
        let first = engine.notifier.register([.success]) { [trace] _ in trace.note("first") }
        engine.notifier.register([.success]) { [trace] _ in trace.note("second") }
        engine.notifier.deregister(first)
        engine.notifier.deregister(99)
        try await engine.advance()
        #expect(trace.lines == ["second"])
    }

    @Test func `a handler can deregister itself`() async throws {
        let engine = try engine { noting("a", in: Trace()) }
        engine.atomNotifier.register { [trace, notifier = engine.atomNotifier] in
            trace.note($0.state.rawValue)
            notifier.deregister(1)
        }
        try await engine.advance()
        #expect(trace.lines == ["RUNNING"])
    }

    @Test func `a success carries the output under the names of the flow`() async throws {
        let engine = try engine {
            Step(Pure { (_: Nothing) in Host(host: "node-1") }, named: "choose").writing(\.$host, to: "target")
        }
        engine.atomNotifier.register { [trace] change in
            trace.note("\(change.state.rawValue) \(change.output.mapValues { "\($0)" })")
        }
        try await engine.advance()
        #expect(trace.lines == ["RUNNING [:]", "SUCCESS [\"target\": \"node-1\"]"])
    }

    @Test func `a failure and a failed revert carry what went wrong`() async throws {
        let engine = try engine {
            Step(
                External { (_: Nothing) -> Nothing in
                    throw Woot(message: "full")
                } undoing: { _, _ in
                    throw Woot(message: "stuck")
                },
                named: "a"
            )
        }
        engine.atomNotifier.register { [trace] change in
            trace.note("\(change.state.rawValue) \(change.failure?.error(as: Woot.self)?.message ?? "none")")
        }
        try await engine.advance()
        #expect(trace.lines == ["RUNNING none", "FAILURE full", "REVERTING none", "REVERT_FAILURE stuck"])
    }
}
