import TaskFlow
import Testing

struct CancellationTests {
    let trace = Trace()
    let store = MemoryStore()

    func noting(_ name: String) -> Step<External<Nothing, Nothing>> {
        Step(
            External { _ in
                Nothing()
            } undoing: { [trace] _, _ in
                trace.note("undo \(name), cancelled: \(Task.isCancelled)")
                try Task.checkCancellation()
            },
            named: name
        )
    }

    /// Cancels the task in which it runs.
    func cancelling(_ name: String, andThrowing isThrowing: Bool) -> Step<External<Nothing, Nothing>> {
        Step(
            External { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                if isThrowing { try Task.checkCancellation() }
                return Nothing()
            },
            named: name
        )
    }

    @Test func `a flow that is cancelled in a step is suspended, and repeats the step when it goes on`() async throws {
        let flow = try Flow("cancelled") {
            noting("a")
            Step(
                External { [trace] (_: Nothing) in
                    trace.note("b, again: \(TaskContext.required.isRepetition)")
                    guard trace.count(of: "b, again: false") == 1, !TaskContext.required.isRepetition else {
                        return Nothing()
                    }
                    withUnsafeCurrentTask { $0?.cancel() }
                    try Task.checkCancellation()
                    return Nothing()
                },
                named: "b"
            )
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: CancellationError.self) { try await Task { try await engine.run() }.value }
        #expect(engine.state == .suspended)
        #expect(engine.failures.isEmpty)
        #expect(try await store.abandoned().isEmpty)
        try await engine.run()
        #expect(engine.state == .success)
        #expect(trace.lines == ["b, again: false", "b, again: true"])
    }

    @Test func `whoever advances a flow until it is suspended no more is told that they are cancelled`() async throws {
        let flow = try Flow("cancelled") { noting("a") }
        let engine = try Engine(flow, request: Nothing(), in: store)
        let advancing = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            while try await engine.advance() == .suspended {}
        }
        await #expect(throws: CancellationError.self) { try await advancing.value }
        #expect(engine.state == .suspended)
        #expect(try await engine.advance() == .success)
    }

    @Test func `whoever waits for a job's end until it comes is told that they are cancelled`() async throws {
        let board = MemoryJobBoard()
        let job = try Job("data", running: Flow("nothing") {}, request: Nothing(), by: "poster")
        try await board.post(job)
        let waiting = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            while try await board.result(of: job, in: store, atMost: .zero) == nil {}
        }
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let looking = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            while try await !board.waitForEnd(of: job.id, atMost: .zero) {}
        }
        await #expect(throws: CancellationError.self) { try await looking.value }
    }

    @Test func `a step that does not mind being cancelled has succeeded, and nothing comes after it`() async throws {
        let flow = try Flow("stubborn") {
            cancelling("a", andThrowing: false)
            noting("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: CancellationError.self) { try await Task { try await engine.run() }.value }
        #expect(engine.state == .suspended)
        #expect(try await store.load(engine.id)?.journal.last.map { "\($0.atom) \($0.state.rawValue)" } == "a SUCCESS")
    }

    @Test func `a revert is not cancelled, and the rest of the rollback goes on later`() async throws {
        let flow = try Flow("cancelled") {
            noting("a")
            noting("b")
            failing("c")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        engine.atomNotifier.register([.reverting]) { change in
            if change.atom == "b" { withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await Task { try await engine.run() }.value }
        #expect(engine.state == .suspended)
        await #expect(throws: Woot.self) { try await engine.run() }
        #expect(engine.state == .reverted)
        #expect(trace.lines == ["undo b, cancelled: false", "undo a, cancelled: false"])
    }
}
