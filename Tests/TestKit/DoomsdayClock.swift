internal import Glibc
internal import Synchronization

/// Kills the process at a tick.
package final class DoomsdayClock: Sendable {
    private let end: Int
    private let ticks = Atomic(0)

    /// - Parameter end: the number of the tick; 0 for never.
    package init(at end: Int) { self.end = end }

    package func tick() {
        guard ticks.add(1, ordering: .sequentiallyConsistent).newValue == end else { return }
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
