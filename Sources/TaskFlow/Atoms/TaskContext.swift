public import Identity

/// What a running step may want to know about itself.
public struct TaskContext: Sendable {
    /// The flow that it is a step of.
    public let flow: FlowID
    /// The step's name.
    public let atom: String
    /// Whether this is the revert.
    public let isReverting: Bool
    /// Whether it has been started before and its process died.
    public let isRepetition: Bool
    /// What has gone wrong in the flow so far, by the name of the step.
    public let failures: [String: Failure]
    /// Which attempt this is of each flow around the step that has a retry, from the inside out; from 1.
    public let attempts: [Int]
    /// How often the run has been put where it began.
    public let resetCount: Int
    /// Where the step tells how far it is.
    var reporter: ProgressReporter?
    /// What the step was called when the run began, if an upgrade has renamed it since.
    var formerName: String?
    /// How much of a retry's pause was over when the run was taken up.
    var waited = Duration.zero

    /// Names this execution or this revert, the same in every repetition and another in each attempt of a retry and after
    /// each reset: for calls that have to be idempotent.
    public var operation: OperationID {
        let name = formerName ?? atom
        let attempts = attempts.map { " \($0)" }.joined()
        let resets = resetCount == 0 ? "" : " after \(resetCount) resets"
        // A name that could be read as another with an attempt or a reset is told by its length. No other has that form, so
        // that the operations of runs that have begun stay what they are.
        let subject = name.endsLikeACount ? ":\(name.utf8.count):\(name)" : " \(name)"
        return OperationID(naming: "\(isReverting ? "revert" : "execute")\(subject)\(attempts)\(resets)", within: flow)
    }

    /// The context of the step that runs in this task; `nil` outside of a flow.
    @TaskLocal public static var current: TaskContext?

    /// The context of the step that runs in this task. To be asked for only by a step.
    public static var required: TaskContext {
        guard let current else { preconditionFailure("only a step of a running flow has a context") }
        return current
    }

    /// Runs `body` to its end even if the caller has been cancelled: what is half undone is worse than what isn't.
    func shielding(_ body: @Sendable @escaping () async throws -> Void) async throws {
        try await Task { try await Self.$current.withValue(self) { try await body() } }.value
    }
}

extension String {
    /// Whether its end could be taken for an attempt's number, or for the resets of a run.
    fileprivate var endsLikeACount: Bool {
        let number = utf8.reversed().prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.count
        return hasSuffix(" resets") || number > 0 && utf8.dropLast(number).last == UInt8(ascii: " ")
    }
}
