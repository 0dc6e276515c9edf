/// Decides, when a step of its flow has failed, whether the flow is tried again; and gives each attempt its values.
///
/// A retry is the first step of its flow: what it gives is seen by all steps of the flow. It touches nothing.
public protocol Retry: Atom, FlowPart {
    // Said again here, so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// Not for retries to declare: it tells the compiler whether the retry has a `revert`.
    associatedtype Reversion = NotImplemented

    /// Gives the next attempt its values. Waits, if there has to be a pause before it.
    ///
    /// - Parameter history: the attempts so far; empty before the first.
    /// - Throws: what fails the retry itself, which is then its parent's to resolve.
    func execute(_ input: Input, history: History<Output>) async throws -> Output

    /// Decides what becomes of the flow after a failure. Has no effect, and doesn't wait.
    ///
    /// - Parameter history: the attempts so far; the last is the one that failed.
    func onFailure(_ input: Input, history: History<Output>) throws -> Decision

    /// Not for retries to implement: one that has a revert is a ``RevertibleRetry``, or does not compile.
    func revert(_ input: Input, history: History<Output>) async throws -> Reversion
}

/// A retry that gives its values without waiting for anything: its attempts begin in the transaction of the steps around it,
/// and need no commit of their own.
public protocol ImmediateRetry: Retry {
    /// Gives the next attempt its values.
    ///
    /// - Parameter history: the attempts so far; empty before the first.
    /// - Throws: what fails the retry itself, which is then its parent's to resolve.
    func next(_ input: Input, history: History<Output>) throws -> Output
}

extension ImmediateRetry {
    /// Gives what ``next(_:history:)`` gives.
    public func execute(_ input: Input, history: History<Output>) async throws -> Output {
        try next(input, history: history)
    }
}

/// A retry that has something to undo when its flow is given up.
public protocol RevertibleRetry: Retry where Reversion == Void {
    /// Undoes what the attempts need undone, after all steps of the flow.
    func revert(_ input: Input, history: History<Output>) async throws
}

/// What a retry has decided.
public enum Decision: String, Sendable, Hashable, Codable {
    /// Its flow is reverted and tried again.
    case retry = "RETRY"
    /// Its flow is given up; the retry around it is asked what becomes of its own.
    case revert = "REVERT"
    /// Everything is reverted, whatever the retries around it would say.
    case revertAll = "REVERT_ALL"
}

/// What has come of a flow's attempts, oldest first.
public struct History<Output: Sendable>: Sendable {
    /// One time that the flow was tried.
    public struct Attempt: Sendable {
        /// What the retry gave it.
        public let output: Output
        /// What went wrong in it, by the name of the step; that of a subflow by the name of its retry.
        public let failures: [String: Failure]
    }

    /// The attempts, oldest first.
    public let attempts: Attempts

    init(past: [PastAttempt]) { attempts = Attempts(past: past) }

    /// What went wrong in the last attempt.
    public var lastFailures: [Failure] { attempts.last.map { Array($0.failures.values) } ?? [] }
}

extension History {
    /// Attempts, each made when it is looked at, as there may be many.
    public struct Attempts: RandomAccessCollection, Sendable {
        fileprivate let past: [PastAttempt]

        /// Where the first is.
        public var startIndex: Int { past.startIndex }

        /// Where the last would have its next.
        public var endIndex: Int { past.endIndex }

        /// The attempt at `position`.
        public subscript(position: Int) -> Attempt {
            guard let output = past[position].output as? Output else {
                preconditionFailure("a retry's history holds what the retry gave")
            }
            return Attempt(output: output, failures: past[position].failures)
        }
    }
}
