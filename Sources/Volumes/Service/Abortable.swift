internal import Synchronization
internal import TaskFlow
internal import VolumeAPI

/// Work that isn't a flow: until it has decided to go through with it, it ends when its caller's time is over or its caller is
/// cancelled, at once, even if what it waits for takes no notice.
struct Abortable {
    private let control: RequestControl
    private let subject: String

    /// - Parameter subject: what it does, after "cannot".
    init(_ control: RequestControl, _ subject: String) {
        self.control = control
        self.subject = subject
    }

    /// Runs `body`, which calls its argument where it decides to go through with it.
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
            abort(error(.timedOut, "it was not done in the given time"))
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            // Not a child of the caller's task, which may have been cancelled too late.
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

/// Which of two comes first.
private final class Decision: Sendable {
    private let isTaken = Mutex(false)

    func take() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }
}
