internal import Synchronization

/// Tells how long each execution and each revert of a step took, when it ends.
///
/// Measured is the time between two calls of the listener. A step of which it has not heard the start, because it was
/// started by a process that died, is passed over; for transactional steps, see ``Listener``.
public final class DurationListener: Listener {
    private struct Start: Hashable {
        let flow: FlowID
        let atom: String
    }

    private let starts = Mutex<[Start: Duration]>([:])
    private let elapsed: @Sendable () -> Duration
    private let handler: @Sendable (_ atom: String, _ isRevert: Bool, _ duration: Duration) -> Void

    /// - Parameters:
    ///   - clock: what to measure by.
    ///   - handler: gets the name of the step, whether it was reverted, and how long that took.
    public init(
        by clock: any Clock<Duration> = ContinuousClock(),
        _ handler: @escaping @Sendable (_ atom: String, _ isRevert: Bool, _ duration: Duration) -> Void
    ) {
        elapsed = stopwatch(clock)
        self.handler = handler
    }

    /// A listener that writes a line for each: `step 'reserve-space' took 1.5 seconds`.
    ///
    /// - Parameters:
    ///   - clock: what to measure by.
    ///   - sink: gets the lines, without a line break; standard error unless given.
    public static func printing(
        by clock: any Clock<Duration> = ContinuousClock(),
        to sink: @escaping @Sendable (String) -> Void = PrintingListener.standardError
    ) -> DurationListener {
        DurationListener(by: clock) { atom, isRevert, duration in
            sink("\(isRevert ? "the revert of " : "")step '\(atom)' took \(duration)".onOneLine)
        }
    }

    /// Forgets what began in a flow that has ended.
    public func flowChanged(_ change: FlowChange) {
        guard change.state.isFinished else { return }
        starts.withLock { starts in starts = starts.filter { $0.key.flow != change.flow } }
    }

    /// Starts or stops the clock.
    public func atomChanged(_ change: AtomChange) {
        let start = Start(flow: change.flow, atom: change.atom)
        let time = elapsed()
        switch change.state {
        case .running, .reverting:
            starts.withLock { $0[start] = time }
        case .success, .failure, .reverted, .revertFailure:
            guard let began = starts.withLock({ $0.removeValue(forKey: start) }) else { return }
            handler(change.atom, change.oldState == .reverting, time - began)
        case .pending, .ignore, .retrying:
            return
        }
    }
}

/// How long ago this was called.
private func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let origin = clock.now
    return { origin.duration(to: clock.now) }
}
