public import FoundationEssentials

/// A record of one change of a step. A run consists of its recipe, its request and its journal entries in order.
public struct JournalEntry: Sendable, Hashable {
    /// The step's name; empty if the entry is about the whole run.
    public let atom: String
    /// The state that the step entered. `PENDING` after a start means that the flow was suspended before the step was
    /// performed; a second `PENDING` means that the flow was reverted before the step was performed.
    public let state: AtomState
    /// The start of the execution or the revert.
    public let startedAt: Date
    /// The time of the change.
    public let at: Date
    /// The step's output, as a JSON object; only with `SUCCESS`.
    public let output: String?
    private let rest: Rest?

    /// Values that few entries have, stored separately to keep the others small.
    private indirect enum Rest: Sendable, Hashable {
        case facts(Failure?, Resolution?, StepProgress?)
    }

    /// The failure; only with `FAILURE` and `REVERT_FAILURE`.
    public var failure: Failure? { if case .facts(let failure, _, _) = rest { failure } else { nil } }
    /// The decision about the flow; only with a `FAILURE` that needed one.
    public var resolution: Resolution? { if case .facts(_, let resolution, _) = rest { resolution } else { nil } }
    /// The step's progress; only if the step reported any.
    public var progress: StepProgress? { if case .facts(_, _, let progress) = rest { progress } else { nil } }

    /// Creates an entry from its stored values.
    public init(
        atom: String,
        state: AtomState,
        startedAt: Date,
        at: Date,
        output: String? = nil,
        failure: Failure? = nil,
        resolution: Resolution? = nil,
        progress: StepProgress? = nil
    ) {
        self.atom = atom
        self.state = state
        self.startedAt = startedAt
        self.at = at
        self.output = output
        let isPlain = failure == nil && resolution == nil && progress == nil
        rest = isPlain ? nil : Rest.facts(failure, resolution, progress)
    }

    /// Creates an entry that records a reset of the whole run.
    static func reset(at time: Date) -> JournalEntry {
        JournalEntry(atom: "", state: .pending, startedAt: time, at: time)
    }

    /// Whether the entry records a reset of the whole run.
    public var isReset: Bool { atom.isEmpty && state == .pending }

    /// Whether the entry records the cancellation of the whole run (``FlowCancelled``).
    public var isCancellation: Bool { atom.isEmpty && state == .failure }
}

extension JournalEntry: Codable {
    private enum CodingKeys: String, CodingKey {
        case atom, state, startedAt, at, output, failure, resolution, progress
    }

    /// Reads the stored form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            atom: try container.decode(String.self, forKey: .atom),
            state: try container.decode(AtomState.self, forKey: .state),
            startedAt: try container.decode(Date.self, forKey: .startedAt),
            at: try container.decode(Date.self, forKey: .at),
            output: try container.decodeIfPresent(String.self, forKey: .output),
            failure: try container.decodeIfPresent(Failure.self, forKey: .failure),
            resolution: try container.decodeIfPresent(Resolution.self, forKey: .resolution),
            progress: try container.decodeIfPresent(StepProgress.self, forKey: .progress)
        )
    }

    /// Writes the stored form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(atom, forKey: .atom)
        try container.encode(state, forKey: .state)
        try container.encode(startedAt, forKey: .startedAt)
        try container.encode(at, forKey: .at)
        try container.encodeIfPresent(output, forKey: .output)
        try container.encodeIfPresent(failure, forKey: .failure)
        try container.encodeIfPresent(resolution, forKey: .resolution)
        try container.encodeIfPresent(progress, forKey: .progress)
    }
}

/// The decision about a flow after a failure.
public struct Resolution: Sendable, Hashable, Codable {
    /// The decision.
    public let decision: Decision
    /// The name of the retry that decided; `nil` if no retry did.
    public let retry: String?
    /// The error that the retry threw instead of deciding; the whole run is then reverted.
    public let failure: Failure?

    init(_ decision: Decision, by retry: String?, after failure: Failure? = nil) {
        self.decision = decision
        self.retry = retry
        self.failure = failure
    }
}
