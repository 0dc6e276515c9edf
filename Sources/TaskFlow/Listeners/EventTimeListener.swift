public import FoundationEssentials
internal import Synchronization

/// Keeps when each flow and each of its steps came to each state, the last time that it did.
public final class EventTimeListener: Listener {
    private struct Times {
        var flow: [FlowState: Date] = [:]
        var atoms: [String: [AtomState: Date]] = [:]
    }

    private let times = Mutex<[FlowID: Times]>([:])
    private let now: @Sendable () -> Date

    /// - Parameter now: the clock.
    public init(now: @escaping @Sendable () -> Date = { Date() }) { self.now = now }

    /// When the flow came to each of the states that it has been in.
    public func times(of flow: FlowID) -> [FlowState: Date] { times.withLock { $0[flow]?.flow ?? [:] } }

    /// When the step named `atom` came to each of the states that it has been in.
    public func times(of atom: String, in flow: FlowID) -> [AtomState: Date] {
        times.withLock { $0[flow]?.atoms[atom] ?? [:] }
    }

    /// Drops what is kept of a flow: nothing is dropped otherwise.
    public func forget(_ flow: FlowID) { times.withLock { $0[flow] = nil } }

    /// Keeps the time.
    public func flowChanged(_ change: FlowChange) {
        let time = now()
        times.withLock { $0[change.flow, default: Times()].flow[change.state] = time }
    }

    /// Keeps the time.
    public func atomChanged(_ change: AtomChange) {
        let time = now()
        times.withLock { $0[change.flow, default: Times()].atoms[change.atom, default: [:]][change.state] = time }
    }
}
