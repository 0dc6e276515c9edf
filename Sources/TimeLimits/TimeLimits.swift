internal import Synchronization

/// Runs `body`, cancels it if it has not ended after `limit`, and waits for its end. A result that comes after the
/// limit is returned, too. The caller's cancellation cancels `body`.
///
/// - Returns: `isLate` if `body` was cancelled because of the limit.
package func cancelling<Success: Sendable, Failure: Error>(
    after limit: Duration,
    _ body: @escaping @Sendable () async throws(Failure) -> Success
) async -> (result: Result<Success, Failure>, isLate: Bool) {
    let isLate = Atomic(false)
    let work = Task(executorPreference: preferredExecutor) { () async -> Result<Success, Failure> in
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
    let alarm = Task {
        try await Task.sleep(for: limit)
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

/// Runs `body`, cancels it if it has not ended after `limit`, and stops waiting for it after another `grace`. A result that
/// comes in between is returned, too. The caller's cancellation cancels `body`, and the wait goes on.
///
/// - Returns: `isLate` if `body` was cancelled because of the limit; `nil` if it has not ended.
package func abandoning<Success: Sendable, Failure: Error>(
    after limit: Duration,
    grace: Duration,
    _ body: @escaping @Sendable () async throws(Failure) -> Success
) async -> (result: Result<Success, Failure>, isLate: Bool)? {
    await abandoningEach(of: 1, after: limit, grace: grace) { _ throws(Failure) in try await body() }[0]
}

/// Runs `body` for each number below `count`, all at the same time, each as ``abandoning(after:grace:_:)`` does.
///
/// - Returns: the results, by their numbers.
package func abandoningEach<Success: Sendable, Failure: Error>(
    of count: Int,
    after limit: Duration,
    grace: Duration,
    _ body: @escaping @Sendable (_ number: Int) async throws(Failure) -> Success
) async -> [(result: Result<Success, Failure>, isLate: Bool)?] {
    guard count > 0 else { return [] }
    let answers = Answers<Result<Success, Failure>>(count)
    let executor = preferredExecutor
    let work = (0..<count)
        .map { number in
            Task(executorPreference: executor) {
                do throws(Failure) {
                    answers.give(.success(try await body(number)), number)
                } catch {
                    answers.give(.failure(error), number)
                }
            }
        }
    let alarms = [
        Ticker.shared.schedule(after: limit) {
            answers.becomeLate()
            for task in work { task.cancel() }
        },
        Ticker.shared.schedule(after: limit + grace) { answers.end() },
    ]
    defer { for alarm in alarms { Ticker.shared.cancel(alarm) } }
    return await withTaskCancellationHandler {
        await answers.wait()
    } onCancel: {
        answers.cancel()
        for task in work { task.cancel() }
    }
}

/// The executor that the current task prefers; `nil` for Swift's own. Only child tasks inherit it.
private var preferredExecutor: (any TaskExecutor)? {
    withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() }
}

/// The answers that are given until an end, and the caller who waits for all of them.
private final class Answers<Value: Sendable>: Sendable {
    typealias Collected = [(result: Value, isLate: Bool)?]

    private struct State {
        var values: Collected
        var missing: Int
        var isLate = false
        var isCancelled = false
        var caller: CheckedContinuation<Collected, Never>?
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(values: Array(repeating: nil, count: count), missing: count)) }

    func give(_ value: Value, _ number: Int) {
        change { state in
            guard state.missing > 0 else { return }
            state.values[number] = (value, state.isLate)
            state.missing -= 1
        }
    }

    /// Answers are late from now on, unless the caller has cancelled them.
    func becomeLate() { change { $0.isLate = !$0.isCancelled } }

    func cancel() { change { $0.isCancelled = true } }

    /// Leaves out the answers that are missing.
    func end() { change { $0.missing = 0 } }

    /// Waits for the answers, whether the task is cancelled or not.
    func wait() async -> Collected { await withCheckedContinuation { caller in change { $0.caller = caller } } }

    private func change(_ body: (inout State) -> Void) {
        let (caller, values) = state.withLock { state -> (CheckedContinuation<Collected, Never>?, Collected) in
            body(&state)
            guard state.missing == 0, let caller = state.caller else { return (nil, []) }
            state.caller = nil
            return (caller, state.values)
        }
        caller?.resume(returning: values)
    }
}
