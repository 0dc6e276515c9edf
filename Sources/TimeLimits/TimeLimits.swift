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
    let work = Task { () async -> Result<Success, Failure> in
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
    let isLate = Atomic(false)
    let answer = Answer<Result<Success, Failure>>()
    let work = Task {
        do throws(Failure) {
            answer.give(.success(try await body()))
        } catch {
            answer.give(.failure(error))
        }
    }
    let alarms = [
        Ticker.shared.schedule(after: limit) {
            isLate.store(!work.isCancelled, ordering: .relaxed)
            work.cancel()
        },
        Ticker.shared.schedule(after: limit + grace) { answer.give(nil) },
    ]
    defer { for alarm in alarms { Ticker.shared.cancel(alarm) } }
    let result = await withTaskCancellationHandler {
        await answer.wait()
    } onCancel: {
        work.cancel()
    }
    return result.map { ($0, isLate.load(ordering: .relaxed)) }
}

/// The first answer that is given, and the caller who waits for it.
private final class Answer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value?, Never>)
        case given(Value?)
    }
    private let state = Mutex(State.open)

    func give(_ value: Value?) {
        let caller: CheckedContinuation<Value?, Never>? = state.withLock { state in
            switch state {
            case .given: return nil
            case .open:
                state = .given(value)
                return nil
            case .awaited(let caller):
                state = .given(value)
                return caller
            }
        }
        caller?.resume(returning: value)
    }

    /// Waits for the answer, whether the task is cancelled or not.
    func wait() async -> Value? {
        await withCheckedContinuation { caller in
            let given: Value?? = state.withLock { state in
                if case .given(let value) = state { return .some(value) }
                state = .awaited(caller)
                return nil
            }
            if let given { caller.resume(returning: given) }
        }
    }
}
