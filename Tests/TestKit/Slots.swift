internal import Synchronization

/// Limits the number of tests that do expensive work at once, so that each ends in time on a slow machine.
package final class Slots: Sendable {
    private struct State {
        var free: Int
        var waiting: [(minutes: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    package init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Runs `body` when a slot is free.
    ///
    /// - Parameter minutes: the expected time. The longest waiting body is next, so that it does not run alone at the
    ///   end; of equals, the first.
    package func use<Value>(minutes: Int = 1, _ body: () async throws -> Value) async rethrows -> Value {
        await enter(minutes)
        defer { leave() }
        return try await body()
    }

    private func enter(_ minutes: Int) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                let place = state.waiting.firstIndex { $0.minutes < minutes } ?? state.waiting.endIndex
                state.waiting.insert((minutes, continuation), at: place)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().continuation }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
