/// Runs `body`, and cancels it when it has not come to its end after `limit`.
///
/// This is how every call of a driver gets a limit. It returns when the call has, so that nothing of it goes on behind
/// the caller's back: a driver stops its tools when it is cancelled. A call that succeeds late has succeeded.
///
/// - Parameter action: what is being done, for the error: `create volume '…'`.
/// - Throws: `timedOut` if the call gave up for that reason; what `body` throws.
public func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    _ action: String,
    _ body: @escaping @Sendable () async throws(DriverError) -> Value
) async throws(DriverError) -> Value {
    let result = await withTaskGroup(of: Result<Value, DriverError>?.self) { group in
        group.addTask {
            do throws(DriverError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        group.addTask {
            try? await Task.sleep(for: limit)
            return nil
        }
        var isLate = false
        var result: Result<Value, DriverError>?
        while result == nil, let next = await group.next() {
            result = next
            guard next == nil, !group.isCancelled else { continue }
            isLate = !Task.isCancelled
            group.cancelAll()
        }
        group.cancelAll()
        return isLate ? result?.mapError { $0.asTimeout(of: action, after: limit) } : result
    }
    // The group holds the body's task, which always answers.
    guard let result else { throw DriverError(.cancelled, "gave up to \(action)") }
    return try result.get()
}

extension DriverError {
    fileprivate func asTimeout(of action: String, after limit: Duration) -> DriverError {
        guard code == .cancelled else { return self }
        return DriverError(
            .timedOut,
            "took longer than \(limit) to \(action)",
            cause: cause ?? message,
            remedy: remedy ?? "look whether the backend answers, and try again",
            leftBehind: leftBehind
        )
    }

    /// Throws `cancelled` if the task is; a driver asks between two pieces of a long call.
    ///
    /// - Parameters:
    ///   - action: what is being done.
    ///   - leftBehind: what is left of it on the backend.
    public static func checkCancellation(of action: String, leftBehind: String? = nil) throws(DriverError) {
        guard Task.isCancelled else { return }
        throw DriverError(.cancelled, "was told to give up to \(action)", leftBehind: leftBehind)
    }
}
