import Foundation
import Synchronization

/// A clock that stands until it is moved.
final class TestClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_000_000))

    var now: @Sendable () -> Date { { self.time.withLock { $0 } } }

    func pass(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
}
