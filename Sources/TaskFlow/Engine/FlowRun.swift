internal import DequeModule
internal import FoundationEssentials

/// All that is known of a run in the process that holds it: what has happened, and what of that is not stored yet.
struct FlowRun: Sendable {
    let recipe: Recipe
    var detail: FlowDetail
    let request: any Sendable
    private let requestCount: Int
    var machine: FlowMachine
    var values: [(any Sendable)?]
    var failures: [Int: Failure] = [:]
    var revertFailures: [Int: Failure] = [:]
    /// What steps threw in this process, as they threw it.
    var errors: [Int: any Error] = [:]
    /// For retries that failed to decide, what they threw.
    var undecided: [Int: Failure] = [:]
    /// Failures of steps that an upgrade has dropped, because of which the flow is reverted.
    var departed: [Failure] = []
    /// For each step that has been renamed, its name when the run began.
    var formerNames: [String: String] = [:]
    /// When what each atom does was begun.
    var startedAt: [Date?]
    /// What has come of the attempts of each retry's flow.
    var histories: [Int: [PastAttempt]] = [:]
    /// What has been reverted, for people who want to know what led to a failure.
    var undone = Undone()

    /// Asynchronous steps that have been started and not performed, with whether a dead process started them before.
    var launched: Deque<(atom: Int, isRepetition: Bool)> = []
    var unsaved: [JournalEntry] = []
    var savedCount = 0
    var savedState: FlowState?
    /// What upgrades have made of the journal, until it is stored.
    var rewritten: [JournalEntry]?
    /// Whether an outcome of the world is not stored yet.
    var owesCommit = false

    /// How often the run has been put where it began.
    private(set) var resetCount = 0
    /// Whether nothing more is to be started.
    private(set) var isSuspending = false
    /// The steps that their deciders let run.
    var allowed: Set<Int> = []
    /// When the first step of each flow that has a time limit started.
    var limitStarts: [Int: Date] = [:]
    /// How far steps that tell of it have come.
    var progress: [Int: StepProgress] = [:]
    /// When that was stored last, and how far each was then.
    var storedProgress: [Int: (at: Date, fraction: Double)] = [:]

    /// What the retries do that are being executed, so that a suspension can cut it short.
    var preparing: [Int: Task<Produced, any Error>] = [:]
    /// For retries whose flow was to start again when the run was stored last, since when it was.
    var retriedAt: [Int: Date] = [:]
    /// While a run is loaded, the steps that had been started and not performed when it was suspended.
    var waiting: Set<Int> = []

    /// What nobody has been told of yet.
    var changes: [Change] = []
    /// Nobody, until an engine runs it.
    var audience: Audience?
    let options: EngineOptions
    let now: @Sendable () -> Date

    /// A run that nothing has happened in, with its request as it is stored. Not stored itself.
    init(
        recipe: Recipe,
        detail: FlowDetail,
        options: EngineOptions,
        now: @escaping @Sendable () -> Date
    ) throws {
        let request = try recipe.request.restore(detail.request)
        self.init(recipe: recipe, detail: detail, request: request, options: options, now: now)
    }

    /// A run that nothing has happened in, with its request and that one's values. Not stored.
    init(
        recipe: Recipe,
        detail: FlowDetail,
        request: (request: any Sendable, values: [any Sendable]),
        options: EngineOptions,
        now: @escaping @Sendable () -> Date
    ) {
        self.recipe = recipe
        self.detail = detail
        self.options = options
        self.now = now
        self.request = request.request
        machine = FlowMachine(graph: recipe.graph, names: recipe.steps)
        startedAt = Array(repeating: nil, count: recipe.atoms.count)
        values = request.values + Array(repeating: nil, count: recipe.slots - request.values.count)
        requestCount = request.values.count
    }

    /// A run as `journal` left it. Steps of which only the start is known will be performed again, or, if the flow was
    /// already reverting, reverted with an unknown outcome.
    init(
        recipe: Recipe,
        detail: FlowDetail,
        journal: [JournalEntry],
        options: EngineOptions,
        now: @escaping @Sendable () -> Date
    ) throws {
        let run = try recipe.fit(detail, journal, at: now())
        do {
            try self.init(recipe: recipe, detail: run.detail, options: options, now: now)
        } catch let error as DecodingError {
            throw RecipeMismatch(flow: detail.id, stored: "the request \(detail.request)", offered: "another: \(error)")
        }
        formerNames = run.formerNames
        rewritten = run.isUpgraded ? run.journal : nil
        try replay(run.journal)
        unsaved = []
        savedCount = run.journal.count
        savedState = detail.state
        resolveFailures()
        if detail.state == .failure { machine.retryReverts() }
        if detail.cancelRequestedAt != nil, !detail.state.isFinished { cancel() }
        try takeUpInterrupted()
        changes = []
    }

    // MARK: - What has happened

    func failuresByName() -> [String: Failure] {
        guard !failures.isEmpty || !undecided.isEmpty || !departed.isEmpty else { return [:] }
        return Dictionary(
            departed.map { ($0.atom, $0) }
                + failures.merging(undecided) { $1 }.map { (recipe.atoms[$0.key].atom.name, $0.value) },
            uniquingKeysWith: { $1 }
        )
    }

    func output(of atom: Int) -> [any Sendable] { recipe.atoms[atom].outputs.compactMap { values[$0] } }

    func inputs(of atom: Int) -> [(any Sendable)?] { values(of: recipe.atoms[atom].sources) }

    func values(of sources: [CompiledAtom.Source]) -> [(any Sendable)?] {
        sources.map { source in
            switch source {
            case .slot(let slot): values[slot]
            case .injected(let value): value
            case .absent: nil
            }
        }
    }

    func outcome(of atom: Int) -> Outcome<[any Sendable]> {
        guard let failure = failures[atom] else { return .succeeded(output(of: atom)) }
        return failure.error(as: Interrupted.self) == nil ? .failed(failure) : .unknown
    }

    func context(of atom: Int, isRepetition: Bool) -> TaskContext {
        TaskContext(
            flow: detail.id,
            atom: recipe.atoms[atom].atom.name,
            isReverting: machine.atoms[atom] == .reverting,
            isRepetition: isRepetition,
            failures: failuresByName(),
            attempts: attempts(around: atom),
            resetCount: resetCount,
            formerName: formerNames.isEmpty ? nil : formerNames[recipe.atoms[atom].atom.name],
            waited: retriedAt[atom].map { Duration(clamping: now().timeIntervalSince($0)).clamped } ?? .zero
        )
    }

    private func attempts(around atom: Int) -> [Int] {
        var (attempts, around) = ([Int](), recipe.atoms[atom].retry)
        while let retry = around {
            attempts.append(histories[retry]?.count ?? 0)
            around = recipe.atoms[retry].retry
        }
        return attempts
    }

    // MARK: - What happens

    mutating func takeLaunched() -> (atom: Int, isRepetition: Bool)? {
        isSuspending ? nil : launched.popFirst()
    }

    /// How many steps are being performed.
    var performing: Int { machine.inFlightCount - launched.count }

    /// Lets what is being performed end, and starts nothing more; only in a flow that runs.
    mutating func suspend() {
        guard detail.state == .running else { return }
        isSuspending = true
        change(to: .suspending)
    }

    /// Leaves a step as if its process had died: it is performed again when the flow goes on.
    mutating func interrupted(_ atom: Int) { launched.append((atom, true)) }

    /// Puts everything where it was before the first step, and forgets what came of it.
    mutating func reset() {
        let old = machine.atoms
        resetCount += 1
        machine = FlowMachine(graph: recipe.graph, names: recipe.steps)
        for slot in values.indices.dropFirst(requestCount) { values[slot] = nil }
        (failures, revertFailures, undecided, errors, histories) = ([:], [:], [:], [:], [:])
        (departed, undone, retriedAt, waiting) = ([], Undone(), [:], [])
        startedAt = Array(repeating: nil, count: recipe.atoms.count)
        (allowed, limitStarts, progress, storedProgress, launched) = ([], [:], [:], [:], [])
        for atom in old.indices where old[atom] != .pending { announce(atom, from: old[atom]) }
    }

    /// What the engine has to do next.
    enum Need {
        case commit
        /// To perform what has been started, or to wait for what is being performed.
        case perform
    }

    mutating func prepare() throws -> Need {
        while true {
            resolveFailures()
            guard !owesCommit else { return .commit }
            if isSuspending { return performing > 0 ? .perform : .commit }
            switch try next() {
            case .execute(let atom) where recipe.atoms[atom].atom.effect == .pure: try launch(atom, as: .running)
            case .wait: return .perform
            case .execute, .revert, .retry, .finish: return .commit
            }
        }
    }

    /// Starts a step in memory; for those that need no durable start.
    mutating func launch(_ atom: Int, as state: AtomState) throws {
        try start(atom, as: state)
        launched.append((atom, false))
    }

    mutating func succeeded(_ atom: Int, with produced: Produced, stored output: String) throws {
        try give(produced.values, of: atom)
        let old = completeProgress(of: atom)
        try move(atom, to: .success, output: output)
        tellProgress(of: atom, from: old, to: 1)
    }

    mutating func failed(_ atom: Int, with error: any Error) throws {
        errors[atom] = error
        let failure = Failure(error, in: recipe.atoms[atom].atom.name)
        failures[atom] = failure
        let old = machine.atoms[atom]
        try machine.move(atom, to: .failure)
        announce(atom, from: old, failure: failure)
        if machine.isGivenUp(atom) || options.neverResolves { settle(atom, failure: failure) }
    }

    mutating func reverted(_ atom: Int) throws {
        let old = completeProgress(of: atom)
        try move(atom, to: .reverted)
        tellProgress(of: atom, from: old, to: 1)
        forgetOutput(of: atom)
    }

    mutating func revertFailed(_ atom: Int, with error: any Error) throws {
        errors[atom] = error
        let failure = Failure(error, in: recipe.atoms[atom].atom.name)
        revertFailures[atom] = failure
        try move(atom, to: .revertFailure, failure: failure)
    }

    mutating func begin() {
        // Its process died while it was suspending.
        if detail.state == .suspending { [.resuming, .suspended].forEach { change(to: $0) } }
        change(to: .running)
    }

    mutating func start(_ atom: Int, as state: AtomState) throws {
        let time = now()
        startedAt[atom] = time
        if state == .running { startLimits(around: atom, at: time) }
        if !progress.isEmpty { (progress[atom], storedProgress[atom]) = (nil, nil) }
        let old = machine.atoms[atom]
        if !revertFailures.isEmpty { revertFailures[atom] = nil }
        try machine.move(atom, to: state)
        announce(atom, from: old)
        tellProgress(of: atom, from: 0, to: 0)
    }

    mutating func move(
        _ atom: Int,
        to state: AtomState,
        output: String? = nil,
        failure: Failure? = nil
    ) throws {
        let old = machine.atoms[atom]
        try machine.move(atom, to: state)
        announce(atom, from: old, failure: failure)
        settle(atom, output: output, failure: failure)
    }

    mutating func settle(
        _ atom: Int,
        output: String? = nil,
        failure: Failure? = nil,
        resolution: Resolution? = nil
    ) {
        note(atom, output: output, failure: failure, resolution: resolution)
        startedAt[atom] = nil
        if recipe.atoms[atom].atom.effect == .external { owesCommit = true }
    }

    /// - Parameter state: the atom's own unless given.
    mutating func note(
        _ atom: Int,
        as state: AtomState? = nil,
        output: String? = nil,
        failure: Failure? = nil,
        resolution: Resolution? = nil
    ) {
        let time = now()
        unsaved.append(
            JournalEntry(
                atom: recipe.atoms[atom].atom.name,
                state: state ?? machine.atoms[atom],
                startedAt: startedAt[atom] ?? time,
                at: time,
                output: output,
                failure: failure,
                resolution: resolution,
                progress: progress[atom]
            )
        )
    }
}
