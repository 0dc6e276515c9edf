import TaskFlow
import Testing

struct EngineStatesTests {
    let store = LedgerStore()
    let trace = Trace()

    func flow() throws -> Flow<Nothing> {
        try Flow("stepwise") {
            noting("a", in: trace)
            noting("b", in: trace)
        }
    }

    @Test(arguments: [1, 3])
    func `every state may follow the one before, in parallel, too`(parallelism: Int) async throws {
        let flow = try Flow("stepwise", retry: Step(Times(2))) {
            UnorderedFlow("u") {
                noting("a", in: trace)
                noting("b", in: trace)
                giving("node-1", named: "c")
            }
            failing("d")
        }
        let options = EngineOptions(parallelism: parallelism)
        let engine = try Engine(flow, request: Nothing(), in: store, options: options)
        var last = EngineState.undefined
        await #expect(throws: Woot.self) {
            for try await state in engine.states() {
                let ends = last == .analyzing && EngineState.gameOver.successors.contains(state)
                #expect(ends || last.successors.contains(state), "\(last) to \(state)")
                last = state
            }
        }
        #expect(last == .reverted)
    }

    @Test func `who asks nothing runs nothing`() async throws {
        let engine = try Engine(flow(), request: Nothing(), in: store)
        _ = engine.states().makeAsyncIterator()
        #expect(engine.state == .pending)
        #expect(trace.lines.isEmpty)
    }

    @Test func `a flow may be suspended while its states are asked for`() async throws {
        let engine = try Engine(flow(), request: Nothing(), in: store)
        var states: [EngineState] = []
        for try await state in engine.states() {
            states.append(state)
            if state == .analyzing { engine.suspend() }
        }
        #expect(states == [.resuming, .scheduling, .waiting, .analyzing, .suspended])
        states = []
        for try await state in engine.states() { states.append(state) }
        #expect(states == [.resuming, .scheduling, .waiting, .analyzing, .success])
        #expect(trace.lines == ["a", "b"])
    }

    @Test(arguments: [0, 1, 3])
    func `who is cancelled while asking suspends the flow`(count: Int) async throws {
        let engine = try Engine(flow(), request: Nothing(), in: store)
        let asking = Task {
            var asked = 0
            if asked == count { withUnsafeCurrentTask { $0?.cancel() } }
            for try await _ in engine.states() {
                asked += 1
                if asked == count { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await asking.value }
        #expect(engine.state == .suspended)
        // The third state is that the engine waits for 'a'.
        #expect(trace.lines == (count == 3 ? ["a"] : []))
        try await engine.run()
        #expect(trace.lines == ["a", "b"])
    }

    @Test func `what the store throws is thrown`() async throws {
        let store = LedgerStore(faults: [.init(transaction: 2, moment: .instead)])
        let engine = try Engine(flow(), request: Nothing(), in: store)
        await #expect(throws: StoreDown.self) { for try await _ in engine.states() {} }
    }
}
