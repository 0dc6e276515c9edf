public import FoundationEssentials

/// A listener that keeps the time at which each flow and each step last entered each state, by the engine's clock.
public final class EventTimeListener: Listener {
    private struct Times: Sendable {
        var flow: [FlowState: Date] = [:]
        var atoms: [String: [AtomState: Date]] = [:]
    }

    private let runs: RecentRuns<Times>

    /// - Parameter limit: the number of runs whose times are kept; beyond it, those of the run that was seen first are
    ///   dropped.
    public init(keeping limit: Int = 1000) { runs = RecentRuns(keeping: limit) }

    /// Returns the time at which the flow last entered each state.
    public func times(of flow: FlowID) -> [FlowState: Date] { runs[flow]?.flow ?? [:] }

    /// Returns the time at which the step named `atom` last entered each state.
    public func times(of atom: String, in flow: FlowID) -> [AtomState: Date] { runs[flow]?.atoms[atom] ?? [:] }

    /// Drops the times of a run.
    public func forget(_ flow: FlowID) { runs.forget(flow) }

    /// Keeps the time.
    public func flowChanged(_ change: FlowChange) {
        runs.update(change.flow, default: Times()) { $0.flow[change.state] = change.at }
    }

    /// Keeps the time.
    public func atomChanged(_ change: AtomChange) {
        runs.update(change.flow, default: Times()) { $0.atoms[change.atom, default: [:]][change.state] = change.at }
    }
}
