internal import Synchronization

/// The order to come to an end.
final class StopOrder: Sendable {
    private let flag = Atomic(false)

    /// Whether it has been given.
    var isGiven: Bool { flag.load(ordering: .acquiring) }

    func give() { flag.store(true, ordering: .releasing) }

    /// Waits for so long, or until shortly after the order is given.
    func pause(_ duration: Duration) async {
        let end = ContinuousClock.now + duration
        while !isGiven, .now < end, !Task.isCancelled {
            try? await Task.sleep(for: min(.milliseconds(100), end - .now))
        }
    }
}
