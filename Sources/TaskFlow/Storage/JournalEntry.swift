public import FoundationEssentials

/// One thing that happened to a step. A run is its recipe, its request and these in order.
public struct JournalEntry: Sendable, Hashable {
    /// The step's name.
    public let atom: String
    /// The state that it came to. `PENDING` after a start says that the flow was suspended while the step waited for its turn,
    /// and twice `PENDING` that the flow was given up before the step had its turn.
    public let state: AtomState
    /// When the execution or the revert started.
    public let startedAt: Date
    /// When this happened.
    public let at: Date
    /// What the step gave, as a JSON object; only with `SUCCESS`.
    public let output: String?
    private let rest: Rest?

    /// What few entries have, kept aside so that the others are small.
    private indirect enum Rest: Sendable, Hashable {
        case facts(Failure?, Resolution?, StepProgress?)
    }

    /// What went wrong; only with `FAILURE` and `REVERT_FAILURE`.
    public var failure: Failure? { if case .facts(let failure, _, _) = rest { failure } else { nil } }
    /// What became of the flow; only with a `FAILURE` that had anything to decide.
    public var resolution: Resolution? { if case .facts(_, let resolution, _) = rest { resolution } else { nil } }
    /// How far the step was; only if it told.
    public var progress: StepProgress? { if case .facts(_, _, let progress) = rest { progress } else { nil } }

    /// An entry as it was stored.
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

    /// That the whole run was put where it was before its first step. Names no step.
    static func reset(at time: Date) -> JournalEntry {
        JournalEntry(atom: "", state: .pending, startedAt: time, at: time)
    }

    /// Whether the run starts again after this.
    public var isReset: Bool { atom.isEmpty && state == .pending }

    /// Whether the whole run is reverted from here on because it was cancelled (``FlowCancelled``). Names no step.
    public var isCancellation: Bool { atom.isEmpty && state == .failure }
}

extension JournalEntry: Codable {
    private enum CodingKeys: String, CodingKey {
        case atom, state, startedAt, at, output, failure, resolution, progress
    }

    /// Reads the stored form; throws on anything else.
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

/// What became of a flow after a failure.
public struct Resolution: Sendable, Hashable, Codable {
    /// What was decided.
    public let decision: Decision
    /// The name of the retry that decided; `nil` when there was none to ask.
    public let retry: String?
    /// What the retry threw instead of deciding; then everything is reverted.
    public let failure: Failure?

    init(_ decision: Decision, by retry: String?, after failure: Failure? = nil) {
        self.decision = decision
        self.retry = retry
        self.failure = failure
    }
}
