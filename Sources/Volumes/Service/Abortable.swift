internal import Synchronization
internal import TaskFlow
internal import VolumeAPI

/// Work outside of flows that ends at its deadline or at its caller's cancellation, until it has passed the point of
/// its decision. It ends at once, even if a call inside it ignores cancellation.
struct Abortable {
    private let control: RequestControl
    private let subject: String

    /// - Parameter subject: the request, as the words after "cannot" in the error.
    init(_ control: RequestControl, _ subject: String) {
        self.control = control
        self.subject = subject
    }

    /// Runs `body`, which calls `decide` at the point after which it must not be aborted.
    ///
    /// - Throws: what `body` throws; ``VolumeError``: `timedOut`, `cancelled`.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (_ decide: @escaping @Sendable () throws -> Void) async throws -> Result
    ) async throws -> Result {
        let decision = Decision()
        let (results, result) = AsyncThrowingStream<Result, any Error>.makeStream()
        let work = Task {
            do {
                result.yield(try await body { guard decision.take() else { throw CancellationError() } })
                result.finish()
            } catch {
                result.finish(throwing: error)
            }
        }
        let abort = { @Sendable (error: VolumeError) in
            guard decision.take() else { return }
            work.cancel()
            result.finish(throwing: error)
        }
        let alarm = Task {
            guard let deadline = control.deadline else { return }
            try await Task.sleep(until: deadline, clock: .continuous)
            abort(error(.timedOut, "it did not finish within the given time"))
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            // Not a child of the caller's task, whose cancellation may come after the decision.
            try await Task {
                for try await result in results { return result }
                throw CancellationError()
            }
            .value
        } onCancel: {
            abort(error(.cancelled, "it was interrupted"))
        }
    }

    private func error(_ code: VolumeError.Code, _ cause: String) -> VolumeError {
        VolumeError(code, "cannot \(subject)", cause: cause, remedies: [.advice("try again"), .listPools])
    }
}

/// A decision that the first caller takes.
private final class Decision: Sendable {
    private let isTaken = Mutex(false)

    func take() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }
}
