/// The state of a flow. The names and transitions are TaskFlow's (`taskflow: states.py`).
public enum FlowState: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case running = "RUNNING"
    case success = "SUCCESS"
    case failure = "FAILURE"
    case reverted = "REVERTED"
    case suspending = "SUSPENDING"
    case suspended = "SUSPENDED"
    case resuming = "RESUMING"

    /// The states that may follow this one.
    public var successors: Set<FlowState> {
        switch self {
        case .pending: [.running]
        case .running: [.success, .failure, .reverted, .suspending, .resuming]
        case .success: [.running, .pending]
        case .failure: [.running]
        case .reverted: [.pending]
        case .suspending: [.suspended, .success, .failure, .reverted, .resuming]
        case .suspended: [.running]
        case .resuming: [.suspended]
        }
    }

    /// Whether the run has ended, in `SUCCESS`, `REVERTED` or `FAILURE`.
    public var isFinished: Bool { self == .success || self == .failure || self == .reverted }

    /// Whether the run is not running and is not continued without a request: it has finished, was suspended, or was
    /// reset.
    public var isAtRest: Bool { isFinished || self == .suspended || self == .pending }
}

/// The state of an atom. The names and transitions are TaskFlow's, with two more transitions: a failed revert may be
/// tried again, and a retry that had decided to try again may be reverted instead.
public enum AtomState: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case running = "RUNNING"
    case success = "SUCCESS"
    case failure = "FAILURE"
    case reverting = "REVERTING"
    case reverted = "REVERTED"
    case revertFailure = "REVERT_FAILURE"
    case ignore = "IGNORE"
    /// The state of a retry whose flow has been reverted and starts again.
    case retrying = "RETRYING"

    /// The states that may follow this one.
    public var successors: Set<AtomState> {
        switch self {
        case .pending: [.running, .ignore]
        case .running: [.success, .failure]
        case .success: [.reverting, .retrying]
        case .failure: [.reverting]
        case .reverting: [.reverted, .revertFailure]
        case .reverted: [.pending]
        case .revertFailure: [.reverting]
        case .ignore: [.pending]
        case .retrying: [.running, .reverting]
        }
    }
}

/// A change of state was refused because the table of states has no such transition.
public struct InvalidTransition: Error, Sendable, Hashable, CustomStringConvertible {
    /// The flow or step, as a message names it.
    public let subject: String
    /// The current state.
    public let from: String
    /// The state that was refused.
    public let to: String

    /// The message for a person: what failed and why.
    public var description: String { "\(subject) can't go from \(from) to \(to)" }
}
