import TaskFlow
import Testing

/// TaskFlow's cases about flows that run one state at a time (`run_iter`).
struct TaskFlowStatesTests {
    let recorder = Recorder()

    /// The states of so many rounds of an engine.
    private func states(rounds: Int, then last: EngineState?) -> [EngineState] {
        [.resuming] + (0..<rounds).flatMap { _ in [EngineState.scheduling, .waiting, .analyzing] }
            + [last].compactMap { $0 }
    }

    private func expect(
        _ flow: Flow<Nothing>,
        yields expected: [EngineState],
        raising raised: String? = nil,
        in state: FlowState,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        var (yielded, error) = ([EngineState](), (any Error)?.none)
        do {
            for try await state in engine.states() { yielded.append(state) }
        } catch let thrown {
            error = thrown
        }
        #expect(yielded == expected, sourceLocation: sourceLocation)
        #expect(error.map { "\($0)" } == raised, sourceLocation: sourceLocation)
        #expect(engine.state == state, sourceLocation: sourceLocation)
    }

    @Test func `states of empty flows`() async throws {
        try await expect(try Flow("empty") {}, yields: states(rounds: 1, then: .success), in: .success)
        let nested = try Flow("nested") { LinearFlow("a") { UnorderedFlow("b") { GraphFlow("c") {} } } }
        try await expect(nested, yields: states(rounds: 1, then: .success), in: .success)
    }

    @Test func `states of a linear flow`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
        }
        try await expect(flow, yields: states(rounds: 2, then: .success), in: .success)
    }

    @Test func `states of a flow that is reverted, before it throws`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.raising("b")
        }
        try await expect(flow, yields: states(rounds: 4, then: .reverted), raising: "Woot!", in: .reverted)
    }

    @Test func `states of an unordered flow, whose siblings share a round`() async throws {
        let flow = try Flow("u") {
            UnorderedFlow("u") {
                recorder.task("a")
                recorder.task("b")
            }
        }
        try await expect(flow, yields: states(rounds: 1, then: .success), in: .success)
    }

    @Test func `states of a flow that is tried twice`() async throws {
        let flow = try Flow("f", retry: recorder.times(2, named: "r")) { recorder.raising("t") }
        try await expect(flow, yields: states(rounds: 7, then: .reverted), raising: "Woot!", in: .reverted)
    }

    // TaskFlow throws the failure of the revert alone; here both are thrown.
    @Test func `an error is thrown in place of the state FAILURE`() async throws {
        let flow = try Flow("f") {
            recorder.task("a", revertRaising: RuntimeError(description: "Gotcha!"))
            recorder.raising("b")
        }
        try await expect(
            flow,
            yields: states(rounds: 4, then: nil),
            raising: "'a' failed: Gotcha!; 'b' failed: Woot!",
            in: .failure
        )
    }

    @Test func `the engine pauses until the next state is requested`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let states = engine.states().makeAsyncIterator()
        #expect(recorder.trace.isEmpty)
        while let state = try await states.next(), state != .analyzing {}
        #expect(recorder.trace == "> a.execute()")
        while let state = try await states.next(), state != .success {}
        #expect(recorder.trace == "> a.execute()\n> b.execute()")
        #expect(try await states.next() == nil)
    }

    @Test func `ending the iteration suspends the flow, and another run finishes it`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            recorder.task("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let (suspended, suspending) = AsyncStream.makeStream(of: Void.self)
        engine.notifier.register([.suspended]) { _ in suspending.finish() }
        for try await state in engine.states() where state == .analyzing { break }
        for await _ in suspended {}
        #expect(engine.state == .suspended)
        #expect(recorder.trace == "> a.execute()")
        while true {
            do {
                try await engine.run()
                break
            } catch is EngineUnavailable {
                // The engine has announced the state and is about to pause.
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(engine.state == .success)
        #expect(recorder.trace == "> a.execute()\n> b.execute()")
    }
}
