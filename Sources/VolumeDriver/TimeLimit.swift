internal import TimeLimits

/// Runs `body`, and cancels it if it has not ended after `limit`.
///
/// Use it for every call of a driver. It returns only when `body` has ended, so that no part of the call continues
/// unnoticed; a driver stops its tools when it is cancelled. A call that succeeds after the limit has succeeded.
///
/// - Parameter action: the action, for the error: `create volume '…'`.
/// - Throws: `timedOut` if `body` was cancelled because of the limit; what `body` throws.
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
            remedy: remedy ?? "check whether the backend answers, and try again",
            leftBehind: leftBehind
        )
    }

    /// Throws `cancelled` if the task is cancelled. Drivers call it between parts of a long call.
    ///
    /// - Parameters:
    ///   - action: the action, for the error.
    ///   - leftBehind: what is left on the backend.
    public static func checkCancellation(of action: String, leftBehind: String? = nil) throws(DriverError) {
        guard Task.isCancelled else { return }
        throw DriverError(.cancelled, "cannot \(action): the call was cancelled", leftBehind: leftBehind)
    }
}
