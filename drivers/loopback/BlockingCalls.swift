import Dispatch
import VolumeDriver

private let threads = DispatchQueue(label: "loopback driver", attributes: .concurrent)

/// Runs `body` on a thread that may wait for a disk, as those that tasks share must not: there is one of them a core.
///
/// Runs it to its end even if the task has been cancelled.
func blocking<Value: Sendable>(
    _ body: @escaping @Sendable () throws(DriverError) -> Value
) async throws(DriverError) -> Value {
    let result: Result<Value, DriverError> = await withCheckedContinuation { continuation in
        threads.async { continuation.resume(returning: Result(catching: body)) }
    }
    return try result.get()
}
