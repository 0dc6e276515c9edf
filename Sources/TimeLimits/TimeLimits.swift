internal import Synchronization

/// Runs `body`, cancels it if it has not ended after `limit`, and waits for its end. A result that comes after the
/// limit is returned, too. The caller's cancellation cancels `body`.
///
/// - Parameter sleep: waits for a duration.
/// - Returns: `isLate` if `body` was cancelled because of the limit.
package func cancelling<Success: Sendable, Failure: Error>(
    after limit: Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    _ body: @escaping @Sendable () async throws(Failure) -> Success
) async -> (result: Result<Success, Failure>, isLate: Bool) {
    let isLate = Atomic(false)
    let work = Task { () async -> Result<Success, Failure> in
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
    let alarm = Task {
        try await sleep(limit)
        isLate.store(true, ordering: .relaxed)
        work.cancel()
    }
    defer { alarm.cancel() }
    let result = await withTaskCancellationHandler {
        await work.value
    } onCancel: {
        alarm.cancel()
        work.cancel()
    }
    return (result, isLate.load(ordering: .relaxed))
}

/// Runs `body`, and stops waiting for it after `limit`. The caller's cancellation cancels `body`, and the wait goes on
/// until the end of `body` or of the time limit.
///
/// - Parameter sleep: waits for a duration.
/// - Returns: `nil` if `body` did not end in time.
package func abandoning<Answer: Sendable>(
    after limit: Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    _ body: @escaping @Sendable () async -> Answer
) async -> Answer? {
    let (answers, answer) = AsyncStream.makeStream(of: Answer.self)
    let work = Task { _ = answer.yield(await body()) }
    let alarm = Task {
        try await sleep(limit)
        answer.finish()
    }
    defer { alarm.cancel() }
    // A separate task reads the stream, because a stream returns nothing to a cancelled task.
    let first = Task { await answers.first { _ in true } }
    return await withTaskCancellationHandler {
        await first.value
    } onCancel: {
        work.cancel()
    }
}
