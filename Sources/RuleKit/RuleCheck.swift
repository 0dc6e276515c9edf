internal import Synchronization

/// That what is checked does not keep a rule.
package struct Breach: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// That a rule could not be checked, or does not concern what is checked.
package struct Skip: Error {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// What `body` gives, or `late` if it does not come back in time, not even when it is cancelled: its task is left behind.
///
/// - Parameter grace: how long it is waited for after it was cancelled.
package func answer<Answer: Sendable>(
    within limit: Duration,
    grace: Duration = .zero,
    late: Answer,
    _ body: @escaping @Sendable () async -> Answer
) async -> Answer {
    let answer = FirstAnswer<Answer>()
    let task = Task { await answer.give(body()) }
    let watch = Task {
        try? await Task.sleep(for: limit)
        if Task.isCancelled { return }
        task.cancel()
        try? await Task.sleep(for: grace)
        answer.give(late)
    }
    defer { watch.cancel() }
    return await answer.value
}

/// The first of the answers that are given.
private final class FirstAnswer<Answer: Sendable>: Sendable {
    private let state = Mutex<(answer: Answer?, waiter: CheckedContinuation<Answer, Never>?)>((nil, nil))

    func give(_ answer: Answer) {
        let waiter = state.withLock { state -> CheckedContinuation<Answer, Never>? in
            guard state.answer == nil else { return nil }
            state.answer = answer
            return state.waiter
        }
        waiter?.resume(returning: answer)
    }

    var value: Answer {
        get async {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Answer? in
                    state.waiter = continuation
                    return state.answer
                }
                if let answer { continuation.resume(returning: answer) }
            }
        }
    }
}
