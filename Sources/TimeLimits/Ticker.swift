internal import Synchronization

/// Rings alarms from one timer, which runs while there are any. Most alarms are cancelled long before they ring; a timer
/// for each would cost more than what it watches over.
///
/// Time passes in ticks. When this process gets no processor, the ticks come later, just as the work does that an alarm
/// watches over, so that a busy host is not mistaken for one that does not answer.
package final class Ticker: Sendable {
    /// The ticker of this process.
    package static let shared = Ticker()

    private static let tick = Duration.milliseconds(50)

    private struct Alarm {
        /// The tick at which it rings.
        let due: Int
        let ring: @Sendable () -> Void
    }

    private struct State {
        var ticks = 0
        var isRunning = false
        var lastAlarm = 0
        var alarms: [Int: Alarm] = [:]
    }

    private let state = Mutex(State())

    private init() {}

    /// Calls `ring` once, after `delay`, unless the alarm is cancelled before. `ring` must not block.
    ///
    /// - Returns: the alarm's number.
    package func schedule(after delay: Duration, _ ring: @escaping @Sendable () -> Void) -> Int {
        let (number, isFirst) = state.withLock { state in
            state.lastAlarm += 1
            // The current tick has begun already.
            let ticks = 1 + max(0, min(delay / Self.tick, 1e9)).rounded(.up)
            state.alarms[state.lastAlarm] = Alarm(due: state.ticks + Int(ticks), ring: ring)
            defer { state.isRunning = true }
            return (state.lastAlarm, !state.isRunning)
        }
        if isFirst { Task.detached { await self.run() } }
        return number
    }

    /// Cancels an alarm, unless it has rung.
    package func cancel(_ alarm: Int) { state.withLock { $0.alarms[alarm] = nil } }

    private func run() async {
        while true {
            try? await Task.sleep(for: Self.tick)
            let due: [Alarm]? = state.withLock { state in
                state.ticks += 1
                state.isRunning = !state.alarms.isEmpty
                guard state.isRunning else { return nil }
                let due = state.alarms.filter { $0.value.due <= state.ticks }
                for number in due.keys { state.alarms[number] = nil }
                return Array(due.values)
            }
            guard let due else { return }
            for alarm in due { alarm.ring() }
        }
    }
}
