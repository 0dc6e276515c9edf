internal import Synchronization

/// Keeps the changes that it is told of, for tests.
public final class CapturingListener: Listener {
    /// A change of a flow or of a step.
    public enum Captured: Sendable {
        /// Of a flow.
        case flow(FlowChange)
        /// Of a step.
        case atom(AtomChange)
    }

    private let captured = Mutex<[Captured]>([])

    /// A listener that has heard nothing.
    public init() {}

    /// Everything, in the order in which it was told.
    public var changes: [Captured] { captured.withLock { $0 } }

    /// What was told of flows, in order.
    public var flowChanges: [FlowChange] {
        changes.compactMap { if case .flow(let change) = $0 { change } else { nil } }
    }

    /// What was told of steps, in order.
    public var atomChanges: [AtomChange] {
        changes.compactMap { if case .atom(let change) = $0 { change } else { nil } }
    }

    /// Keeps the change.
    public func flowChanged(_ change: FlowChange) { captured.withLock { $0.append(.flow(change)) } }

    /// Keeps the change.
    public func atomChanged(_ change: AtomChange) { captured.withLock { $0.append(.atom(change)) } }
}
