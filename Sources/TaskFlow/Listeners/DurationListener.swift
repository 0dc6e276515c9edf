/// Tells how long each execution and each revert of a step took, when it ends, and keeps it.
///
/// Measured is the time between two calls of the listener. A step of which it has not heard the start, because it was
/// started by a process that died, is passed over; for transactional steps, see ``Listener``.
public final class DurationListener: Listener {
    /// How long a run and its steps took, the last time that each was done.
    public struct Timings: Sendable, Hashable {
        /// From the start of the run, in this process, to its end.
        public internal(set) var flow: Duration?
        /// Of each step, by name.
        public internal(set) var executions: [String: Duration] = [:]
        /// Of the revert of each step, by the step's name.
        public internal(set) var reverts: [String: Duration] = [:]
    }

    private struct Run: Sendable {
        var timings = Timings()
        var start: Duration?
        var starts: [String: Duration] = [:]
    }

    private let runs: RecentRuns<Run>
    private let elapsed: @Sendable () -> Duration
    private let flowHandler: @Sendable (_ flow: String, _ duration: Duration) -> Void
    private let handler: @Sendable (_ atom: String, _ isRevert: Bool, _ duration: Duration) -> Void

    /// - Parameters:
    ///   - clock: what to measure by.
    ///   - limit: of how many runs the timings are kept; of those that were heard of last.
    ///   - handler: gets the name of the step, whether it was reverted, and how long that took.
    public convenience init(
        by clock: any Clock<Duration> = ContinuousClock(),
        keeping limit: Int = 1000,
        _ handler: @escaping @Sendable (_ atom: String, _ isRevert: Bool, _ duration: Duration) -> Void = { _, _, _ in }
    ) {
        self.init(clock, limit, { _, _ in }, handler)
    }

    private init(
        _ clock: any Clock<Duration>,
        _ limit: Int,
        _ flowHandler: @escaping @Sendable (String, Duration) -> Void,
        _ handler: @escaping @Sendable (String, Bool, Duration) -> Void
    ) {
        runs = RecentRuns(keeping: limit)
        elapsed = stopwatch(clock)
        self.flowHandler = flowHandler
        self.handler = handler
    }

    /// A listener that writes a line for each step, and one for the flow: `step 'reserve-space' took 1.5 seconds`.
    ///
    /// - Parameters:
    ///   - clock: what to measure by.
    ///   - limit: of how many runs the timings are kept; of those that were heard of last.
    ///   - sink: gets the lines, without a line break; standard error unless given.
    public static func printing(
        by clock: any Clock<Duration> = ContinuousClock(),
        keeping limit: Int = 1000,
        to sink: @escaping @Sendable (String) -> Void = PrintingListener.standardError
    ) -> DurationListener {
        DurationListener(clock, limit) { flow, duration in
            sink("flow '\(flow)' took \(duration)".onOneLine)
        } _: { atom, isRevert, duration in
            sink("\(isRevert ? "the revert of " : "")step '\(atom)' took \(duration)".onOneLine)
        }
    }

    /// How long the run and its steps took so far; `nil` for a run that was not heard of, or too long ago.
    public func timings(of flow: FlowID) -> Timings? { runs[flow]?.timings }

    /// Drops what is kept of a run.
    public func forget(_ flow: FlowID) { runs.forget(flow) }

    /// Starts or stops the clock.
    public func flowChanged(_ change: FlowChange) {
        let time = elapsed()
        let duration = runs.update(change.flow, default: Run()) { run in
            if change.state == .running { run.start = time }
            guard change.state.isFinished, let start = run.start else { return Duration?.none }
            run.timings.flow = time - start
            return run.timings.flow
        }
        if let duration { flowHandler(change.name, duration) }
    }

    /// Starts or stops the clock.
    public func atomChanged(_ change: AtomChange) {
        let time = elapsed()
        let isRevert = change.oldState == .reverting
        let duration = runs.update(change.flow, default: Run()) { run -> Duration? in
            switch change.state {
            case .running, .reverting:
                run.starts[change.atom] = time
                return nil
            case .success, .failure, .reverted, .revertFailure:
                guard let start = run.starts.removeValue(forKey: change.atom) else { return nil }
                let duration = time - start
                if isRevert {
                    run.timings.reverts[change.atom] = duration
                } else {
                    run.timings.executions[change.atom] = duration
                }
                return duration
            case .pending, .ignore, .retrying:
                return nil
            }
        }
        if let duration { handler(change.atom, isRevert, duration) }
    }
}
