import Synchronization
import Threads
import VolumeDriver

/// Runs `body` on a thread that may wait for a disk.
///
/// `body` runs to its end even if the task is cancelled, unless it checks for that.
func blocking<Value: Sendable>(
    _ body: @escaping @Sendable (Cancellation) throws(DriverError) -> Value
) async throws(DriverError) -> Value {
    let cancellation = Cancellation()
    let result = await withTaskCancellationHandler {
        await BlockingExecutor.shared.run { Result { () throws(DriverError) in try body(cancellation) } }
    } onCancel: {
        cancellation.cancel()
    }
    return try result.get()
}

/// Whether the task on whose behalf a thread runs has been cancelled.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    func cancel() { flag.store(true, ordering: .relaxed) }

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Throws `cancelled` if the task is cancelled.
    func check(_ action: @autoclosure () -> String) throws(DriverError) {
        guard isCancelled else { return }
        throw DriverError(.cancelled, "cannot \(action()): the call was cancelled")
    }
}
