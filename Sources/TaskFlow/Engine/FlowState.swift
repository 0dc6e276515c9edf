/// Where a flow is. The names and the transitions are TaskFlow's (`taskflow: states.py`).
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

    /// Whether nothing more happens unless somebody asks for it.
    public var isFinished: Bool { self == .success || self == .failure || self == .reverted }

    /// Whether nobody runs it, and nobody shall unless asked to: it has finished, was suspended, or was reset.
    public var isAtRest: Bool { isFinished || self == .suspended || self == .pending }
}

/// Where an atom is. The names and the transitions are TaskFlow's, and two more: a failed revert may be tried again, and a retry
/// whose flow was to start again may be given up instead.
public enum AtomState: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case running = "RUNNING"
    case success = "SUCCESS"
    case failure = "FAILURE"
    case reverting = "REVERTING"
    case reverted = "REVERTED"
    case revertFailure = "REVERT_FAILURE"
    case ignore = "IGNORE"
    /// Its flow has been reverted and starts again; only a retry comes here.
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

/// A change of state that the table of states does not have.
public struct InvalidTransition: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was to change.
    public let subject: String
    /// Its state.
    public let from: String
    /// The state that it was to have.
    public let to: String

    /// For people: what failed, and why.
    public var description: String { "\(subject) can't go from \(from) to \(to)" }
}
