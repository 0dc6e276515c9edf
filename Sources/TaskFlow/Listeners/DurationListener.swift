/// A listener that reports and keeps the durations of executions and reverts.
///
/// A duration is the time between two notifications. Steps that were started by another process are ignored; for
/// transactional steps, see ``Listener``.
public final class DurationListener: Listener {
    /// The last durations of a run and its steps.
    public struct Timings: Sendable, Hashable {
        /// The time from the run's start, or its resumption in this process, to its end.
        public internal(set) var flow: Duration?
        /// The duration of each step's execution, by the step's name.
        public internal(set) var executions: [String: Duration] = [:]
        /// The duration of each step's revert, by the step's name.
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

    /// Creates a listener that calls `handler` for each execution and revert.
    ///
    /// - Parameters:
    ///   - clock: the clock for the measurement.
    ///   - limit: the number of runs whose timings are kept; beyond it, those of the run that was seen first are
    ///     dropped.
    ///   - handler: receives the step's name, whether it was reverted, and the duration.
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

    /// Creates a listener that writes a line for each step, and one for the flow: `step 'reserve-space' took 1.5
    /// seconds`.
    ///
    /// - Parameters:
    ///   - clock: the clock for the measurement.
    ///   - limit: the number of runs whose timings are kept; beyond it, those of the run that was seen first are
    ///     dropped.
    ///   - sink: receives the lines, without a line break; by default standard error.
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

    /// Returns the durations of a run and its steps so far; `nil` for a run that is unknown or was dropped.
    public func timings(of flow: FlowID) -> Timings? { runs[flow]?.timings }

    /// Drops the timings of a run.
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
