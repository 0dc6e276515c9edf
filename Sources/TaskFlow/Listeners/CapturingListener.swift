internal import Synchronization

/// A listener that keeps all changes, for tests.
public final class CapturingListener: Listener {
    /// A captured change.
    public enum Captured: Sendable {
        /// A change of a flow.
        case flow(FlowChange)
        /// A change of a step.
        case atom(AtomChange)
    }

    /// The kind of thing that a change is about.
    public enum Kind: Sendable, Hashable {
        /// A flow.
        case flow
        /// A step other than a retry.
        case task
        /// The retry of a flow.
        case retry
    }

    private let kinds: Set<Kind>
    private let names: Set<String>
    private let captured = Mutex<[Captured]>([])

    /// Creates a listener without changes.
    ///
    /// - Parameters:
    ///   - kinds: the kinds of changes to ignore.
    ///   - names: the names of flows and steps whose changes to ignore.
    public init(skipping kinds: Set<Kind> = [], named names: Set<String> = []) {
        self.kinds = kinds
        self.names = names
    }

    /// All changes, in order.
    public var changes: [Captured] { captured.withLock { $0 } }

    /// The changes of flows, in order.
    public var flowChanges: [FlowChange] {
        changes.compactMap { if case .flow(let change) = $0 { change } else { nil } }
    }

    /// The changes of steps, in order.
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
