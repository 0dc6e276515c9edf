internal import Synchronization

/// Tells whoever registered of changes of state, in the order in which they are decided.
public final class Notifier<Change: StateChange>: Sendable {
    private struct Registration: Sendable {
        let states: Set<Change.State>?
        let handler: @Sendable (Change) -> Void
    }

    private struct Registrations: Sendable {
        var last = 0
        var byNumber: [(number: Int, registration: Registration)] = []
    }

    private let registrations = Mutex(Registrations())

    /// A notifier that nobody has registered with.
    public init() {}

    /// Calls `handler` for each change to one of `states`, or to any.
    ///
    /// Handlers run in the order of their registration, between two steps: the flow waits for them.
    ///
    /// - Returns: what ``deregister(_:)`` takes.
    @discardableResult
    public func register(_ states: Set<Change.State>? = nil, _ handler: @escaping @Sendable (Change) -> Void) -> Int {
        registrations.withLock {
            $0.last += 1
            $0.byNumber.append(($0.last, Registration(states: states, handler: handler)))
            return $0.last
        }
    }

    /// Ends what ``register(_:_:)`` began. Unknown numbers are ignored.
    public func deregister(_ number: Int) {
        registrations.withLock { $0.byNumber.removeAll { $0.number == number } }
    }

    func notify(_ change: Change) {
        let handlers = registrations.withLock { $0.byNumber.map(\.registration) }
        for handler in handlers where handler.states?.contains(change.state) ?? true { handler.handler(change) }
    }
}

/// Something went from one state to another.
public protocol StateChange: Sendable {
    /// What it may be in.
    associatedtype State: Hashable & Sendable
    /// What it is in now.
    var state: State { get }
    /// What it was in before.
    var oldState: State { get }
}

/// A change of either kind, so that the order in which they were decided is kept.
enum Change: Sendable {
    case flow(FlowChange)
    case atom(AtomChange)
    case progress(ProgressChange)
}

/// A flow went from one state to another.
public struct FlowChange: StateChange {
    /// The run.
    public let flow: FlowID
    /// The flow's name.
    public let name: String
    /// What it is in now.
    public let state: FlowState
    /// What it was in before.
    public let oldState: FlowState
}

/// A step went from one state to another.
public struct AtomChange: StateChange {
    /// The run that the step belongs to.
    public let flow: FlowID
    /// The step's name.
    public let atom: String
    /// What it is in now.
    public let state: AtomState
    /// What it was in before.
    public let oldState: AtomState
    /// What it gave, by symbol; only with `SUCCESS`.
    public let output: [String: any Sendable]
    /// What went wrong; only with `FAILURE` and `REVERT_FAILURE`.
    public let failure: Failure?
}
