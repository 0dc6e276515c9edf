internal import TimeLimits

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
    let (result, isLate) = await cancelling(after: limit, body)
    guard isLate else { return try result.get() }
    return try result.mapError { $0.asTimeout(of: action, after: limit) }.get()
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
