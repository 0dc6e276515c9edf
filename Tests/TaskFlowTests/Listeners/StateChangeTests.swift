import Foundation
import TaskFlow
import Testing

struct StateChangeTests {
    @Test func `a change has the time at which it was decided, by the engine's clock`() async throws {
        let clock = ManualClock()
        let engine = try listenedEngine(.success, clock: clock)
        let listener = CapturingListener()
        engine.listen(with: listener)
        try await engine.run()
        #expect(listener.flowChanges.map(\.at.timeIntervalSince1970) == [0, 5])
        #expect(listener.atomChanges.map(\.at.timeIntervalSince1970) == [0, 2, 2, 5])
    }

    @Test func `a change of a step has its flow's name and its inputs, by field`() async throws {
        struct Input: Fields {
            @Field var target: String
            @Field var size: Int
            @Field var label: String?
        }
        let flow = try Flow("informed") {
            giving("node-1", named: "choose")
            Step(Pure { (_: Input) in Nothing() }, named: "use").reading(\.$target, from: "host")
                .injecting(3, as: \.$size)
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let listener = CapturingListener()
        engine.listen(with: listener)
        try await engine.run()
        #expect(listener.atomChanges.allSatisfy { $0.flowName == "informed" })
        let used = listener.atomChanges.filter { $0.atom == "use" }
        #expect(used.map(\.state) == [.running, .success])
        for change in used {
            #expect(change.inputs.keys.sorted() == ["size", "target"])
            #expect(change.inputs["target"] as? String == "node-1")
            #expect(change.inputs["size"] as? Int == 3)
        }
    }

    @Test func `a change knows its attempt, and whether it is of a retry`() async throws {
        let flow = try Flow("tried", retry: Step(Times(2), named: "again")) { failing("a") }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let listener = CapturingListener()
        engine.listen(with: listener)
        try await engine.advance()
        #expect(
            listener.atomChanges.map { "\($0.atom)\($0.isRetry ? " (retry)" : "") \($0.state.rawValue) \($0.attempt)" }
                == [
                    "again (retry) RUNNING 1", "again (retry) SUCCESS 1",
                    "a RUNNING 1", "a FAILURE 1", "a REVERTING 1", "a REVERTED 1",
                    "again (retry) RETRYING 1", "a PENDING 1",
                    "again (retry) RUNNING 2", "again (retry) SUCCESS 2",
                    "a RUNNING 2", "a FAILURE 2", "a REVERTING 2", "a REVERTED 2",
                    "again (retry) REVERTING 2", "again (retry) REVERTED 2",
                ]
        )
    }

    @Test func `a revert knows what it is of`() async throws {
        let engine = try Engine(
            Flow("reverted") {
                giving("node-1", named: "a")
                failing("b")
            },
            request: Nothing(),
            in: MemoryStore()
        )
        let listener = CapturingListener()
        engine.listen(with: listener)
        try await engine.advance()
        let reverts = listener.atomChanges.compactMap { change in
            change.reverts.map { outcome in
                switch outcome {
                case .succeeded(let output): "\(change.atom) \(change.state.rawValue) of \(output)"
                case .failed(let failure): "\(change.atom) \(change.state.rawValue) of \(failure.type)"
                case .unknown: "\(change.atom) \(change.state.rawValue) of nothing known"
                }
            }
        }
        #expect(
            reverts == [
                "b REVERTING of Woot", "b REVERTED of Woot",
                #"a REVERTING of ["host": "node-1"]"#, #"a REVERTED of ["host": "node-1"]"#,
            ]
        )
    }

    @Test func `the end of a flow knows what has gone wrong`() async throws {
        let engine = try listenedEngine(.reverted)
        let listener = CapturingListener()
        engine.listen(with: listener)
        try await engine.advance()
        #expect(listener.flowChanges.map { $0.failures.map(\.atom) } == [[], ["use"]])
        #expect(listener.flowChanges.map(\.subject) == ["flow 'listened'", "flow 'listened'"])
    }

    @Test func `kinds and names can be left out of what is captured`() async throws {
        let flow = try Flow("tried", retry: Step(Times(1), named: "again")) {
            giving("node-1", named: "a")
            failing("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let (tasks, others, a) = (
            CapturingListener(skipping: [.flow, .retry]), CapturingListener(skipping: [.task]),
            CapturingListener(named: ["tried", "again", "b"])
        )
        for listener in [tasks, others, a] { engine.listen(with: listener) }
        try await engine.advance()
        #expect(Set(tasks.atomChanges.map(\.atom)) == ["a", "b"] && tasks.flowChanges.isEmpty)
        #expect(Set(others.atomChanges.map(\.atom)) == ["again"] && others.flowChanges.count == 2)
        #expect(Set(a.atomChanges.map(\.atom)) == ["a"] && a.changes.count == a.atomChanges.count)
    }

    @Test func `a listener is told of the states that it asks for`() async throws {
        struct Endings: Listener {
            let trace: Trace
            var flowStates: Set<FlowState>? { [.success, .reverted, .failure] }
            var atomStates: Set<AtomState>? { [.failure] }

            func flowChanged(_ change: FlowChange) { trace.note("flow \(change.state.rawValue)") }

            func atomChanged(_ change: AtomChange) { trace.note("\(change.atom) \(change.state.rawValue)") }
        }
        let engine = try listenedEngine(.reverted)
        let trace = Trace()
        let registration = engine.listen(with: Endings(trace: trace))
        #expect(registration.isRegistered)
        try await engine.advance()
        #expect(trace.lines == ["use FAILURE", "flow REVERTED"])
        #expect(registration.deregister() && !registration.isRegistered && !registration.deregister())
    }
}
