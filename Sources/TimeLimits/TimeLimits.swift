internal import Synchronization

/// Runs `body`, cancels it when it has not come to its end after `limit`, and waits for that end. What it comes to after all
/// counts. A caller that is cancelled cancels it, too.
///
/// - Parameter sleep: waits for so long.
/// - Returns: `isLate` if it was cancelled because its time was over.
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

/// Runs `body`, and leaves it behind when it has not come to its end after `limit`. A caller that is cancelled cancels it,
/// and goes on waiting for its end or for that of its time.
///
/// - Parameter sleep: waits for so long.
/// - Returns: `nil` if it was left behind.
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
    // In a task that nobody cancels: a stream gives nothing to one that is cancelled.
    let first = Task { await answers.first { _ in true } }
    return await withTaskCancellationHandler {
        await first.value
    } onCancel: {
        work.cancel()
    }
}
