import Testing
import VolumeAPI

@testable import Volumes

/// Work outside of flows, such as a pool claim, which may wait for a driver that ignores cancellation.
@Suite(.timeLimit(.minutes(10)))
struct AbortableTests {
    /// Waits until `end` finishes, ignoring cancellation.
    private func wait(for end: AsyncStream<Void>) async { await Task { for await _ in end {} }.value }

    @Test func `it ends at its deadline, and has no effect afterwards`() async throws {
        let (ends, end) = AsyncStream<Void>.makeStream()
        let (decisions, decided) = AsyncStream<Bool>.makeStream()
        var control = RequestControl()
        control.deadline = .now
        let error = await #expect(throws: VolumeError.self) {
            try await Abortable(control, "claim it")
                .run { decide in
                    await wait(for: ends)
                    decided.yield((try? decide()) != nil)
                    decided.finish()
                }
        }
        #expect(error?.code == .timedOut)
        end.finish()
        for await hasDecided in decisions { #expect(!hasDecided) }
    }

    @Test func `it ends when its caller is cancelled, unless it has passed its decision`() async throws {
        for isDecided in [false, true] {
            let (ends, end) = AsyncStream<Void>.makeStream()
            let (starts, started) = AsyncStream<Void>.makeStream()
            let work = Task {
                try await Abortable(RequestControl(), "claim it")
                    .run { decide in
                        if isDecided { try decide() }
                        started.finish()
                        await wait(for: ends)
                    }
            }
            for await _ in starts {}
            work.cancel()
            if isDecided { end.finish() }
            let result = await work.result
            end.finish()
            switch result {
            case .success: #expect(isDecided)
            case .failure(let error): #expect(!isDecided && (error as? VolumeError)?.code == .cancelled)
            }
        }
    }
}
