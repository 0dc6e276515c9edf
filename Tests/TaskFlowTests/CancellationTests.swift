import TaskFlow
import Testing

struct CancellationTests {
    let trace = Trace()

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

    @Test func `a flow that is cancelled in a step reverts completely, and reverts are not cancelled`() async throws {
        let flow = try Flow("cancelled") {
            noting("a")
            noting("b")
            cancelling("c", andThrowing: true)
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        await #expect(throws: CancellationError.self) { try await Task { try await engine.run() }.value }
        #expect(await engine.state == .reverted)
        #expect(trace.lines == ["undo b, cancelled: false", "undo a, cancelled: false"])
    }

    @Test func `a flow whose steps do not mind being cancelled goes on`() async throws {
        let flow = try Flow("stubborn") {
            cancelling("a", andThrowing: false)
            noting("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await Task { try await engine.run() }.value
        #expect(await engine.state == .success)
    }
}
