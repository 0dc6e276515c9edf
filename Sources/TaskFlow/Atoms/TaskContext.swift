public import Identity

/// Information for a running step about itself and its run.
public struct TaskContext: Sendable {
    /// The run that the step belongs to.
    public let flow: FlowID
    /// The step's name.
    public let atom: String
    /// Whether the step is being reverted.
    public let isReverting: Bool
    /// Whether this execution or revert was started before by a process that died during it.
    public let isRepetition: Bool
    /// The failures of the run so far, by the name of the step.
    public let failures: [String: Failure]
    /// The number of the current attempt, counted from 1, of each surrounding flow that has a retry, innermost flow
    /// first.
    public let attempts: [Int]
    /// How often the run has been reset.
    public let resetCount: Int
    /// Receives the step's progress reports.
    var reporter: ProgressReporter?
    /// The step's name when the run began, if an upgrade has renamed it since.
    var formerName: String?
    /// How much of a retry's pause was over when the run was resumed.
    var waited = Duration.zero

    /// An identifier for idempotent calls: the same in every repetition of this execution or revert, and a different
    /// one in each attempt of a retry and after each reset.
    public var operation: OperationID {
        let name = formerName ?? atom
        let attempts = attempts.map { " \($0)" }.joined()
        let resets = resetCount == 0 ? "" : " after \(resetCount) resets"
        // A name that ends like an attempt's number or a count of resets is preceded by its length, so that it can't be
        // taken for a shorter name with an attempt. All other names keep their form, and with it the identifiers of
        // runs under way.
        let subject = name.endsLikeACount ? ":\(name.utf8.count):\(name)" : " \(name)"
        return OperationID(naming: "\(isReverting ? "revert" : "execute")\(subject)\(attempts)\(resets)", within: flow)
    }

    /// The context of the step that runs in this task; `nil` outside of a flow.
    @TaskLocal public static var current: TaskContext?

    /// The context of the step that runs in this task. Only a step may access it: the program stops if there is none.
    public static var required: TaskContext {
        guard let current else { preconditionFailure("only a step of a running flow has a context") }
        return current
    }

    /// Runs `body` to its end even if the caller is cancelled, since a revert must not stop halfway.
    func shielding(_ body: @Sendable @escaping () async throws -> Void) async throws {
        try await Task { try await Self.$current.withValue(self) { try await body() } }.value
    }
}

extension String {
    /// Whether the end of the name could be taken for an attempt's number or a count of resets.
    fileprivate var endsLikeACount: Bool {
        let number = utf8.reversed().prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.count
        return hasSuffix(" resets") || number > 0 && utf8.dropLast(number).last == UInt8(ascii: " ")
    }
}
