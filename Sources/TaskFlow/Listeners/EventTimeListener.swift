public import FoundationEssentials

/// Keeps when each flow and each of its steps came to each state, the last time that it did, by the engine's clock.
public final class EventTimeListener: Listener {
    private struct Times: Sendable {
        var flow: [FlowState: Date] = [:]
        var atoms: [String: [AtomState: Date]] = [:]
    }

    private let runs: RecentRuns<Times>

    /// - Parameter limit: of how many runs the times are kept; of those that were heard of last.
    public init(keeping limit: Int = 1000) { runs = RecentRuns(keeping: limit) }

    /// When the flow came to each of the states that it has been in.
    public func times(of flow: FlowID) -> [FlowState: Date] { runs[flow]?.flow ?? [:] }

    /// When the step named `atom` came to each of the states that it has been in.
    public func times(of atom: String, in flow: FlowID) -> [AtomState: Date] { runs[flow]?.atoms[atom] ?? [:] }

    /// Drops what is kept of a run.
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
