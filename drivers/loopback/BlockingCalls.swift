import Threads
import VolumeDriver

/// Runs `body` on a thread that may wait for a disk.
///
/// `body` runs to its end even if the task is cancelled, unless it checks for that.
func blocking<Value: Sendable>(
    _ body: @Sendable () throws(DriverError) -> Value
) async throws(DriverError) -> Value {
    try await BlockingExecutor.shared.run(body)
}
