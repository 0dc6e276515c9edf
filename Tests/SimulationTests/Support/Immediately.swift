import Synchronization

/// Runs a body that is asynchronous by its type only to its end on this thread, so that no executor influences the
/// order.
func immediately<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Result<Value, any Error> {
    let box = Box<Value>()
    Task.immediate {
        do {
            let value = try await body()
            box.result.withLock { $0 = .success(value) }
        } catch {
            box.result.withLock { $0 = .failure(error) }
        }
    }
    guard let result = box.result.withLock({ $0 }) else { preconditionFailure("a simulated step has suspended") }
    return result
}

private final class Box<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
}
