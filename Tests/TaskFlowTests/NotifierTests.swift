import Foundation
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

    @Test func `handlers can ask for some changes only`() async throws {
        let engine = try engine {
            noting("a", in: Trace())
            noting("b", in: Trace())
        }
        engine.atomNotifier.register([.success], where: { $0.atom == "b" }) { [trace] in
            trace.note("\($0.atom) \($0.state.rawValue)")
        }
        engine.atomNotifier.register(where: { $0.atom == "a" }) { [trace] in
            trace.note("\($0.atom) \($0.state.rawValue)")
        }
        try await engine.advance()
        #expect(trace.lines == ["a RUNNING", "a SUCCESS", "b SUCCESS"])
    }

    @Test func `registrations are known until they end`() async throws {
        let notifier = try engine {}.notifier
        let numbers = (1...3).map { _ in notifier.register { _ in } }
        #expect(notifier.count == 3)
        #expect(notifier.isRegistered(numbers[1]))
        #expect(notifier.deregister(numbers[1]))
        #expect(!notifier.deregister(numbers[1]))
        #expect(!notifier.isRegistered(numbers[1]))
        #expect(notifier.count == 2)
        #expect(notifier.deregisterAll() == 2)
        #expect(numbers.allSatisfy { !notifier.isRegistered($0) })
        #expect(notifier.count == 0)
    }

    @Test func `a handler can be registered for a scope`() async throws {
        let engine = try engine { noting("a", in: Trace()) }
        await #expect(throws: Woot()) {
            try await engine.atomNotifier.withHandler([.success], { [trace] in trace.note($0.atom) }) {
                try await engine.advance()
                throw Woot()
            }
        }
        #expect(trace.lines == ["a"])
        #expect(engine.atomNotifier.count == 0)
    }

    @Test func `what was decided before a registration is not told`() async throws {
        let engine = try engine {
            Step(Transactional { (_: Nothing, _) in Nothing() }, named: "a")
            noting("b", in: Trace())
        }
        // Told of its start, 'a' has already ended in the same transaction.
        engine.atomNotifier.register([.running], where: { $0.atom == "a" }) {
            [trace, notifier = engine.atomNotifier] _ in
            notifier.register { trace.note("\($0.atom) \($0.state.rawValue)") }
        }
        try await engine.advance()
        #expect(trace.lines == ["b SUCCESS"])
    }

    @Test(arguments: [nil, [], [.ignore], [.success]] as [Set<AtomState>?])
    func `a change that nobody wants to hear of is not made`(states: Set<AtomState>?) async throws {
        // The time of a change is asked for when it is made.
        let asked = Trace()
        let engine = try Engine(Flow("told") { noting("a", in: trace) }, request: Nothing(), in: LedgerStore()) {
            asked.note("now")
            return Date()
        }
        let silent = try Engine(Flow("told") { noting("a", in: trace) }, request: Nothing(), in: LedgerStore()) {
            [trace] in
            trace.note("now")
            return Date()
        }
        if let states { engine.atomNotifier.register(states) { _ in } }
        try await engine.advance()
        try await silent.advance()
        #expect(asked.lines.count == trace.count(of: "now") + (states == [.success] ? 1 : 0))
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
