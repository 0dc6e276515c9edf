import TaskFlow
import Testing

struct RevertTests {
    let store = LedgerStore()
    let trace = Trace()

    func engine(@FlowBuilder _ steps: () -> [any FlowPart]) throws -> Engine<LedgerStore> {
        try Engine(Flow("reverted", steps: steps), request: Nothing(), in: store)
    }

    @Test func `a failure reverts what has run, backwards, and reaches the caller as it was thrown`() async throws {
        let engine = try engine {
            noting("a", in: trace)
            noting("b", in: trace)
            failing("c", with: Woot(message: "full"))
            noting("d", in: trace)
        }
        await #expect(throws: Woot(message: "full")) { try await engine.run() }
        #expect(trace.lines == ["a", "b", "undo b", "undo a"])
        #expect(engine.state == .reverted)
        #expect(engine.failures == [Failure(Woot(message: "full"), in: "c")])
    }

    @Test func `advance gives the state and throws nothing of the steps`() async throws {
        let engine = try engine { failing("a") }
        #expect(try await engine.advance() == .reverted)
    }

    @Test func `a revert gets what the execution gave`() async throws {
        let engine = try engine {
            Step(
                External { (_: Nothing) in
                    Host(host: "node-1")
                } undoing: { [trace] _, outcome in
                    if case .succeeded(let output) = outcome { trace.note("undo \(output.host)") }
                },
                named: "choose"
            )
            failing("fail")
        }
        try await engine.advance()
        #expect(trace.lines == ["undo node-1"])
    }

    @Test func `the step that failed is reverted too, with its failure`() async throws {
        let engine = try engine {
            Step(
                External { (_: Nothing) -> Nothing in
                    throw Woot()
                } undoing: { [trace] _, outcome in
                    if case .failed(let failure) = outcome { trace.note("undo after \(failure)") }
                },
                named: "fail"
            )
        }
        try await engine.advance()
        #expect(trace.lines == ["undo after 'fail' failed: \(Woot())"])
    }

    @Test func `a revert gets the inputs of its execution`() async throws {
        let flow = try Flow("reverted", taking: Size.self) {
            Step(
                External { (_: Size) in
                    Nothing()
                } undoing: { [trace] input, _ in
                    trace.note("undo \(input.size)")
                },
                named: "reserve"
            )
            .injecting(7, as: \.$size)
            failing("fail")
        }
        try await Engine(flow, request: Size(size: 1), in: store).advance()
        #expect(trace.lines == ["undo 7"])
    }

    @Test func `steps that can't be reverted are passed over`() async throws {
        struct Send: FlowTask {
            static let name = "send"
            func execute(_ input: Nothing) async throws -> Nothing { input }
        }
        struct Book: TransactionalTask {
            static let name = "book"
            func execute(_ input: Nothing, in transaction: LedgerTransaction) throws -> Nothing { input }
        }
        let engine = try engine {
            noting("a", in: trace)
            Send()
            Book()
            giving("node-1", named: "choose")
            failing("fail")
        }
        #expect(try await engine.advance() == .reverted)
        #expect(trace.lines == ["a", "undo a"])
    }

    @Test func `a transactional step that succeeded is reverted with its output`() async throws {
        let engine = try engine {
            Step(
                Transactional { (_: Nothing, ledger) in
                    ledger.write("book")
                    return Host(host: "node-1")
                } undoing: { _, output, ledger in
                    ledger.write("free \(output.host)")
                },
                named: "book"
            )
            failing("fail")
        }
        #expect(try await engine.advance() == .reverted)
        #expect(store.lines == ["book", "free node-1"])
    }

    @Test func `a transactional step that failed leaves nothing, and its revert is not called`() async throws {
        let engine = try engine {
            noting("a", in: trace)
            Step(
                Transactional { (_: Nothing, ledger) -> Nothing in
                    ledger.write("half")
                    throw Woot()
                } undoing: { _, _, ledger in
                    ledger.write("undone")
                },
                named: "book"
            )
        }
        await #expect(throws: Woot.self) { try await engine.run() }
        #expect(store.lines.isEmpty)
        #expect(trace.lines == ["a", "undo a"])
    }

    @Test func `a revert that fails stops the flow, and both failures are told`() async throws {
        let engine = try engine {
            noting("a", in: trace)
            Step(
                External { (_: Nothing) in
                    Nothing()
                } undoing: { _, _ in
                    throw Woot(message: "stuck")
                },
                named: "b"
            )
            failing("c")
        }
        let error = await #expect(throws: WrappedFailure.self) { try await engine.run() }
        #expect(error?.failures.map(\.atom) == ["b", "c"])
        #expect(engine.state == .failure)
        #expect(trace.lines == ["a"])
    }

    @Test func `a transactional revert that fails leaves nothing and stops the flow`() async throws {
        let engine = try engine {
            noting("a", in: trace)
            Step(
                Transactional { (_: Nothing, ledger) in
                    ledger.write("book")
                    return Nothing()
                } undoing: { _, _, ledger in
                    ledger.write("half")
                    throw Woot(message: "stuck")
                },
                named: "book"
            )
            failing("c")
        }
        #expect(try await engine.advance() == .failure)
        #expect(store.lines == ["book"])
        #expect(trace.lines == ["a"])
        #expect(engine.failures.map(\.atom) == ["book", "c"])
    }

    @Test(arguments: [FlowState.success, .reverted, .failure])
    func `the conclusion hears how the flow ended`(state: FlowState) async throws {
        let flow = try Flow("concluded", taking: Size.self) {
            Step(
                External { (_: Nothing) in
                    Nothing()
                } undoing: { _, _ in
                    if state == .failure { throw Woot(message: "stuck") }
                },
                named: "a"
            )
            if state != .success { failing("b") }
        } concluding: { request, end, ledger in
            let atoms = (end.failures.map(\.atom), end.revertFailures.map(\.atom))
            (ledger as LedgerTransaction).write("\(request.size) \(end.state) \(atoms)")
        }
        #expect(try await Engine(flow, request: Size(size: 5), in: store).advance() == state)
        let failed = state == .success ? [String]() : ["b"]
        let stuck = state == .failure ? ["a"] : [String]()
        #expect(store.lines == ["5 \(state) \((failed, stuck))"])
    }
}
