import TaskFlow
import Testing

struct ListenerTests {
    static let stages: [Ending: [String]] = [
        .success: [
            "listened PENDING RUNNING",
            "lend PENDING RUNNING", "lend RUNNING SUCCESS",
            "use PENDING RUNNING", "use RUNNING SUCCESS",
            "listened RUNNING SUCCESS",
        ],
        .reverted: [
            "listened PENDING RUNNING",
            "lend PENDING RUNNING", "lend RUNNING SUCCESS",
            "use PENDING RUNNING", "use RUNNING FAILURE",
            "use FAILURE REVERTING", "use REVERTING REVERTED",
            "lend SUCCESS REVERTING", "lend REVERTING REVERTED",
            "listened RUNNING REVERTED",
        ],
    ]

    func line(_ captured: CapturingListener.Captured) -> String {
        switch captured {
        case .flow(let change): "\(change.name) \(change.oldState.rawValue) \(change.state.rawValue)"
        case .atom(let change): "\(change.atom) \(change.oldState.rawValue) \(change.state.rawValue)"
        }
    }

    @Test(arguments: Ending.allCases)
    func `a capturing listener keeps all changes in their order`(ending: Ending) async throws {
        let engine = try listenedEngine(ending)
        let listener = CapturingListener()
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        #expect(listener.changes.map(line) == Self.stages[ending])
        #expect(listener.flowChanges.map(\.flow) == [engine.id, engine.id])
        #expect(listener.atomChanges.map(\.atom).first == "lend")
        #expect(listener.atomChanges.count == listener.changes.count - 2)
    }

    @Test func `what is captured has the outputs and the failures`() async throws {
        let engine = try listenedEngine(.reverted)
        let listener = CapturingListener()
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        #expect(listener.atomChanges[1].output["host"] as? String == "node-1")
        #expect(listener.atomChanges[3].failure == Failure(Woot(message: "full\nstop"), in: "use"))
    }

    @Test func `listening gives what its body gives`() async throws {
        let engine = try listenedEngine(.success)
        #expect(try await engine.listening(with: CapturingListener()) { try await engine.advance() } == .success)
    }

    @Test func `a listener hears nothing before and nothing after its scope`() async throws {
        let engine = try listenedEngine(.success)
        let listener = CapturingListener()
        await engine.listening(with: listener) {}
        try await engine.advance()
        #expect(listener.changes.isEmpty)
    }

    @Test func `a listener hears nothing after its scope threw`() async throws {
        let engine = try listenedEngine(.success)
        let listener = CapturingListener()
        await #expect(throws: Woot()) { try await engine.listening(with: listener) { throw Woot() } }
        try await engine.advance()
        #expect(listener.changes.isEmpty)
    }

    @Test func `a flow that throws is heard to its end`() async throws {
        let engine = try listenedEngine(.reverted)
        let listener = CapturingListener()
        await #expect(throws: Woot(message: "full\nstop")) {
            try await engine.listening(with: listener) { try await engine.run() }
        }
        #expect(listener.changes.map(line) == Self.stages[.reverted])
    }

    @Test func `a registration ends once and for itself alone`() async throws {
        let engine = try listenedEngine(.success)
        let (first, second) = (CapturingListener(), CapturingListener())
        let registration = engine.listen(with: first)
        engine.listen(with: second)
        registration.deregister()
        registration.deregister()
        try await engine.advance()
        #expect(first.changes.isEmpty)
        #expect(second.changes.map(line) == Self.stages[.success])
    }

    @Test func `scopes nest, the outer listener first`() async throws {
        struct Named: Listener {
            let name: String
            let trace: Trace
            func flowChanged(_ change: FlowChange) { trace.note("\(name) \(change.state.rawValue)") }
        }
        let engine = try listenedEngine(.success)
        let trace = Trace()
        try await engine.listening(with: Named(name: "outer", trace: trace)) {
            try await engine.listening(with: Named(name: "inner", trace: trace)) { try await engine.run() }
        }
        #expect(trace.lines == ["outer RUNNING", "inner RUNNING", "outer SUCCESS", "inner SUCCESS"])
    }

    @Test func `the flow waits for its listener`() async throws {
        struct Advancing: Listener {
            let clock: ManualClock
            func atomChanged(_ change: AtomChange) { clock.advance(by: .seconds(10)) }
        }
        let clock = ManualClock()
        let engine = try listenedEngine(.success, clock: clock)
        try await engine.listening(with: Advancing(clock: clock)) { try await engine.run() }
        #expect(clock.now.sinceStart == .seconds(45))
    }
}
