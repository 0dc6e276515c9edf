import Foundation
import Synchronization

/// A clock that only the simulation advances.
final class ModelClock: Sendable {
    private let seconds = Mutex(0.0)

    var now: Date { Date(timeIntervalSinceReferenceDate: seconds.withLock { $0 }) }

    func pass(_ time: Double) { seconds.withLock { $0 += time } }
}
