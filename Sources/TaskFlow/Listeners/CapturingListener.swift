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

    /// What a change is of.
    public enum Kind: Sendable, Hashable {
        /// A flow.
        case flow
        /// A step that is no retry.
        case task
        /// The retry of a flow.
        case retry
    }

    private let kinds: Set<Kind>
    private let names: Set<String>
    private let captured = Mutex<[Captured]>([])

    /// A listener that has heard nothing.
    ///
    /// - Parameters:
    ///   - kinds: what is not kept.
    ///   - names: flows and steps of which nothing is kept.
    public init(skipping kinds: Set<Kind> = [], named names: Set<String> = []) {
        self.kinds = kinds
        self.names = names
    }

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
    public func flowChanged(_ change: FlowChange) { keep(.flow(change), .flow, change.name) }

    /// Keeps the change.
    public func atomChanged(_ change: AtomChange) { keep(.atom(change), change.isRetry ? .retry : .task, change.atom) }

    private func keep(_ change: Captured, _ kind: Kind, _ name: String) {
        guard !kinds.contains(kind), !names.contains(name) else { return }
        captured.withLock { $0.append(change) }
    }
}
