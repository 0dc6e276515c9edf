/// Provides each attempt of its flow with values, and decides after a failure whether the flow is tried again.
///
/// A retry is the first step of its flow: all steps of the flow see the values that it provides. It has no effects.
public protocol Retry: Atom, FlowPart {
    // Repeated here so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// Inferred; tells the compiler whether the retry has a `revert`. Retries don't declare it.
    associatedtype Reversion = NotImplemented

    /// Provides the values of the next attempt, after any pause that has to precede it.
    ///
    /// - Parameter history: the attempts so far; empty before the first.
    /// - Throws: any error; the retry itself has then failed, and the retry of the surrounding flow decides.
    func execute(_ input: Input, history: History<Output>) async throws -> Output

    /// Decides what happens to the flow after a failure. It has no effects and doesn't wait.
    ///
    /// - Parameter history: the attempts so far; the last is the one that failed.
    /// - Throws: any error; the whole run is then reverted.
    func onFailure(_ input: Input, history: History<Output>) throws -> Decision

    /// Not for retries to implement: a retry with a revert doesn't compile unless it is a ``RevertibleRetry``.
    func revert(_ input: Input, history: History<Output>) async throws -> Reversion
}

/// A retry that provides its values without waiting, so that its attempts begin in the transaction of the steps around
/// it and need no commit of their own.
public protocol ImmediateRetry: Retry {
    /// Provides the values of the next attempt.
    ///
    /// - Parameter history: the attempts so far; empty before the first.
    /// - Throws: any error; the retry itself has then failed, and the retry of the surrounding flow decides.
    func next(_ input: Input, history: History<Output>) throws -> Output
}

extension ImmediateRetry {
    /// Returns the result of ``next(_:history:)``.
    public func execute(_ input: Input, history: History<Output>) async throws -> Output {
        try next(input, history: history)
    }
}

/// A retry that has something to undo when its flow is reverted for good.
public protocol RevertibleRetry: Retry where Reversion == Void {
    /// Undoes what the attempts have left behind, after all steps of the flow have been reverted.
    func revert(_ input: Input, history: History<Output>) async throws
}

/// A retry's decision about its flow after a failure.
public enum Decision: String, Sendable, Hashable, Codable {
    /// Revert the flow and try it again.
    case retry = "RETRY"
    /// Revert the flow for good, and ask the retry of the surrounding flow about that flow.
    case revert = "REVERT"
    /// Revert the whole run without asking the surrounding retries.
    case revertAll = "REVERT_ALL"
}

/// A flow's attempts so far, oldest first.
public struct History<Output: Sendable>: Sendable {
    /// One attempt at the flow.
    public struct Attempt: Sendable {
        /// The retry's output for this attempt.
        public let output: Output
        /// The failures by the name of the step; the failure of a subflow by the name of its retry.
        public let failures: [String: Failure]
    }

    /// The attempts, oldest first.
    public let attempts: Attempts

    init(past: [PastAttempt]) { attempts = Attempts(past: past) }

    /// The failures of the last attempt.
    public var lastFailures: [Failure] { attempts.last.map { Array($0.failures.values) } ?? [] }
}

extension History {
    /// A collection that creates each attempt when it is accessed, as there may be many.
    public struct Attempts: RandomAccessCollection, Sendable {
        fileprivate let past: [PastAttempt]

        /// The position of the first attempt.
        public var startIndex: Int { past.startIndex }

        /// The position after the last attempt.
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
