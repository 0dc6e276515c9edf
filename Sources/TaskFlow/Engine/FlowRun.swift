internal import DequeModule
internal import FoundationEssentials

/// The state of a run in the process that holds it, and the part of it that is not stored yet.
struct FlowRun: Sendable {
    let recipe: Recipe
    var detail: FlowDetail
    let request: any Sendable
    private let requestCount: Int
    var machine: FlowMachine
    var values: [(any Sendable)?]
    var failures: [Int: Failure] = [:]
    var revertFailures: [Int: Failure] = [:]
    /// The errors that steps threw in this process.
    var errors: [Int: any Error] = [:]
    /// The failures of retries that threw instead of deciding.
    var undecided: [Int: Failure] = [:]
    /// Failures that caused a revert and belong to no step: of steps that an upgrade has dropped, and of a
    /// cancellation.
    var departed: [Failure] = []
    /// For each step that has been renamed, its name when the run began.
    var formerNames: [String: String] = [:]
    /// The start of each atom's current execution or revert.
    var startedAt: [Date?]
    /// The attempts of each retry's flow.
    var histories: [Int: [PastAttempt]] = [:]
    /// Reverted values and attempts, kept for explanations of failures.
    var undone = Undone()

    /// Asynchronous steps that have been started but not performed, and whether a process that died had started them
    /// before.
    var launched: Deque<(atom: Int, isRepetition: Bool)> = []
    /// Steps that a process that died had started, and that can't be performed here.
    var elsewhere: Set<Int> = []
    /// The places of steps that can't be performed here.
    var foreign: [Int: Place] = [:]
    var unsaved: [JournalEntry] = []
    var savedCount = 0
    var savedState: FlowState?
    /// The journal as rewritten by upgrades, until it is stored.
    var rewritten: [JournalEntry]?
    /// Whether an outcome of an external step has to be committed before anything else happens.
    var owesCommit = false

    /// How often the run has been reset.
    private(set) var resetCount = 0
    /// Whether the run is being suspended, so that no step may start.
    private(set) var isSuspending = false
    /// Whether the run then waits for the place where it is.
    private(set) var isHandedBack = false
    /// The steps that all their deciders have allowed.
    var allowed: Set<Int> = []
    /// The start of the first step in each flow that has a time limit.
    var limitStarts: [Int: Date] = [:]
    /// The progress of the steps that report it.
    var progress: [Int: StepProgress] = [:]
    /// The progress of each step when it was stored last, and the time of that.
    var storedProgress: [Int: (at: Date, fraction: Double)] = [:]

    /// The tasks in which retries are executed, so that a suspension can cancel them.
    var preparing: [Int: Task<Produced, any Error>] = [:]
    /// For retries whose next attempt had not begun when the run was stored last, the time of their decision to retry.
    var retriedAt: [Int: Date] = [:]
    /// While a run is loaded, the steps that had been started but not performed when it was suspended.
    var waiting: Set<Int> = []

    /// The changes of which listeners have yet to be notified.
    var changes: [Change] = []
    /// The notifiers of the engine; `nil` until an engine runs the run.
    var audience: Audience?
    let options: EngineOptions
    let now: @Sendable () -> Date

    /// Creates a run without history from its stored request.
    init(
        recipe: Recipe,
        detail: FlowDetail,
        options: EngineOptions,
        now: @escaping @Sendable () -> Date
    ) throws {
        let request = try recipe.request.restore(detail.request)
        self.init(recipe: recipe, detail: detail, request: request, options: options, now: now)
    }

    /// Creates a run without history from its request and the request's values.
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

    /// Restores a run from its journal. Steps of which only the start is recorded will be performed again or, if the
    /// flow was already being reverted, reverted with an unknown outcome.
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
        // Also of a run that is not over: a retry may have been suspended before its first revert.
        if detail.state == .failure || !revertFailures.isEmpty { machine.retryReverts() }
        if detail.cancelRequestedAt != nil, !detail.state.isFinished { cancel() }
        try takeUpInterrupted()
        changes = []
    }

    // MARK: - Values and failures

    func failuresByName() -> [String: Failure] {
        guard !failures.isEmpty || !undecided.isEmpty || !departed.isEmpty else { return [:] }
        return Dictionary(
            departed.map { ($0.atom, $0) }
                + failures.merging(undecided) { $1 }.map { (recipe.atoms[$0.key].atom.name, $0.value) },
            uniquingKeysWith: { $1 }
        )
    }

    /// The values of the request.
    var requestValues: RequestValues {
        RequestValues(ports: recipe.request.ports, values: values.prefix(requestCount))
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

    // MARK: - Transitions

    mutating func takeLaunched() -> (atom: Int, isRepetition: Bool)? {
        isSuspending ? nil : launched.popFirst()
    }

    /// The number of steps that are being performed.
    var performing: Int { machine.inFlightCount - launched.count - elsewhere.count }

    /// Begins to suspend a running flow: steps that are being performed come to their end, and no others start.
    ///
    /// - Parameter handingBack: whether the run then waits for the place where it is, instead of for nobody in particular.
    mutating func suspend(handingBack: Bool = false) {
        guard detail.state == .running else { return }
        (isSuspending, isHandedBack) = (true, handingBack)
        change(to: .suspending)
    }

    /// Treats a step as if its process had died: it is performed again when the flow continues.
    mutating func interrupted(_ atom: Int) { launched.append((atom, true)) }

    /// Returns the run to the state before its first step, and discards all outcomes.
    mutating func reset() {
        let old = machine.atoms
        resetCount += 1
        machine = FlowMachine(graph: recipe.graph, names: recipe.steps)
        for slot in values.indices.dropFirst(requestCount) { values[slot] = nil }
        (failures, revertFailures, undecided, errors, histories) = ([:], [:], [:], [:], [:])
        (departed, undone, retriedAt, waiting) = ([], Undone(), [:], [])
        startedAt = Array(repeating: nil, count: recipe.atoms.count)
        (allowed, limitStarts, progress, storedProgress, launched) = ([], [:], [:], [:], [])
        (elsewhere, foreign) = ([], [:])
        for atom in old.indices where old[atom] != .pending { announce(atom, from: old[atom]) }
    }

    /// The next task of the engine.
    enum Need {
        case commit
        /// Perform steps that have been started, or wait for steps that are being performed.
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
            case .execute, .revert, .retry, .handOver, .finish: return .commit
            }
        }
    }

    /// Starts a step in memory, without recording it.
    mutating func launch(_ atom: Int, as state: AtomState) throws {
        try start(atom, as: state)
        launched.append((atom, false))
    }

    mutating func succeeded(_ atom: Int, with produced: Produced) throws {
        try give(produced.values, of: atom)
        let old = completeProgress(of: atom)
        try move(atom, to: .success, output: produced.stored)
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
        // The process died while it was suspending the run.
        if detail.state == .suspending { [.resuming, .suspended].forEach { change(to: $0) } }
        detail.place = nil
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

    /// Adds an entry about `atom` to the journal.
    ///
    /// - Parameter state: the state to record; the atom's current state by default.
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
