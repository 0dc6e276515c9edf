package import FoundationEssentials
internal import Synchronization

/// A clock that only tests advance.
package final class WallClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_700_000_000))

    package init() {}

    package var now: Date { time.withLock { $0 } }

    /// - Parameter duration: in seconds.
    package func advance(_ duration: TimeInterval) { time.withLock { $0 += duration } }
}
