internal import Synchronization

/// The place of a body in the queue of writers: the body is either called or given up, never both.
final class Place: Sendable {
    private enum State { case waiting, taken, givenUp }
    private let state = Mutex(State.waiting)

    var isWaiting: Bool { state.withLock { $0 == .waiting } }
    var isGivenUp: Bool { state.withLock { $0 == .givenUp } }

    func take() -> Bool { leave(.taken) }
    func giveUp() -> Bool { leave(.givenUp) }

    private func leave(_ next: State) -> Bool {
        state.withLock { state in
            guard state == .waiting else { return false }
            state = next
            return true
        }
    }
}
