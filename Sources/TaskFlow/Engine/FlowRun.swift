internal import FoundationEssentials

/// All that is known of a run in the process that holds it: what has happened, and what of that is not stored yet.
struct FlowRun: Sendable {
    let recipe: Recipe
    private(set) var detail: FlowDetail
    private let request: any Sendable
    var machine: FlowMachine
    private var values: [(any Sendable)?]
    private var failures: [Int: Failure] = [:]
    private var revertFailures: [Int: Failure] = [:]
    /// What steps threw in this process, as they threw it.
    private var errors: [Int: any Error] = [:]
    private var startedAt: [Int: Date] = [:]

    /// Asynchronous steps that have been started and not performed, with whether a dead process started them before.
    private(set) var launched: [(atom: Int, isRepetition: Bool)] = []
    private var unsaved: [JournalEntry] = []
    private var savedCount = 0
    private var savedState: FlowState?
    /// Whether an outcome of the world is not stored yet.
    private(set) var owesCommit = false

    /// What nobody has been told of yet.
    private var changes: [Change] = []
    private let now: @Sendable () -> Date

    /// A run that nothing has happened in. Not stored.
    init(recipe: Recipe, detail: FlowDetail, now: @escaping @Sendable () -> Date) throws {
        let restored = try recipe.request.restore(detail.request)
        self.recipe = recipe
        self.detail = detail
        self.now = now
        request = restored.request
        machine = FlowMachine(graph: recipe.graph, names: recipe.steps)
        values = restored.values + Array(repeating: nil, count: recipe.slots - restored.values.count)
    }

    /// A run as `journal` left it. Steps of which only the start is known will be performed again, or, if the flow was
    /// already reverting, reverted with an unknown outcome.
    init(
        recipe: Recipe,
        detail: FlowDetail,
        journal: [JournalEntry],
        now: @escaping @Sendable () -> Date
    ) throws {
        guard detail.name == recipe.name, detail.version == recipe.version else {
            throw RecipeMismatch(
                flow: detail.id,
                stored: "'\(detail.name)' version \(detail.version)",
                offered: "'\(recipe.name)' version \(recipe.version)"
            )
        }
        try self.init(recipe: recipe, detail: detail, now: now)
        let numbers = Dictionary(uniqueKeysWithValues: zip(recipe.steps, 0...))
        for entry in journal { try replay(entry, numbers) }
        savedCount = journal.count
        savedState = detail.state
        if detail.state == .failure { machine.retryReverts() }
        try takeUpInterrupted()
        changes = []
    }

    // MARK: - What has happened

    var failed: [(failure: Failure, error: (any Error)?)] {
        (failures.map { ($0.key, $0.value) } + revertFailures.map { ($0.key, $0.value) })
            .sorted { $0.0 < $1.0 }
            .map { ($0.1, errors[$0.0]) }
    }

    private func failuresByName() -> [String: Failure] {
        Dictionary(uniqueKeysWithValues: failures.map { (recipe.atoms[$0.key].atom.name, $0.value) })
    }

    func output(of atom: Int) -> [any Sendable] { recipe.atoms[atom].outputs.compactMap { values[$0] } }

    func inputs(of atom: Int) -> [(any Sendable)?] {
        recipe.atoms[atom].sources
            .map { source in
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
            failures: failuresByName()
        )
    }

    // MARK: - What happens

    mutating func takeLaunched() -> (atom: Int, isRepetition: Bool)? {
        launched.isEmpty ? nil : launched.removeFirst()
    }

    /// What the engine has to do next.
    enum Need {
        /// Nothing: a step has been started that needs nothing stored before it.
        case launched
        case commit
        /// To perform what has been started, or to wait for what is being performed.
        case perform
    }

    mutating func prepare() throws -> Need {
        guard !owesCommit else { return .commit }
        switch machine.next() {
        case .execute(let atom) where recipe.atoms[atom].atom.effect == .pure:
            try launch(atom)
            return .launched
        case .wait: return .perform
        case .execute, .revert, .finish: return .commit
        }
    }

    /// Starts a step in memory; for those that need no durable start.
    mutating func launch(_ atom: Int) throws {
        try start(atom)
        launched.append((atom, false))
    }

    mutating func succeeded(_ atom: Int, with produced: Produced, stored output: String) throws {
        for (slot, value) in zip(recipe.atoms[atom].outputs, produced.values) { values[slot] = value }
        try move(atom, to: .success, output: output)
    }

    mutating func failed(_ atom: Int, with error: any Error) throws {
        errors[atom] = error
        let failure = Failure(error, in: recipe.atoms[atom].atom.name)
        failures[atom] = failure
        try move(atom, to: .failure, failure: failure)
    }

    mutating func reverted(_ atom: Int) throws { try move(atom, to: .reverted) }

    mutating func revertFailed(_ atom: Int, with error: any Error) throws {
        errors[atom] = error
        let failure = Failure(error, in: recipe.atoms[atom].atom.name)
        revertFailures[atom] = failure
        try move(atom, to: .revertFailure, failure: failure)
    }

    mutating func begin() { change(to: .running) }

    mutating func takeChanges() -> [Change] {
        defer { changes = [] }
        return changes
    }

    private mutating func start(_ atom: Int) throws {
        startedAt[atom] = now()
        let old = machine.atoms[atom]
        revertFailures[atom] = nil
        try machine.move(atom, to: machine.isReverting ? .reverting : .running)
        announce(atom, from: old)
    }

    private mutating func move(
        _ atom: Int,
        to state: AtomState,
        output: String? = nil,
        failure: Failure? = nil
    ) throws {
        let old = machine.atoms[atom]
        try machine.move(atom, to: state)
        announce(atom, from: old, failure: failure)
        note(atom, output: output, failure: failure)
        startedAt[atom] = nil
        if recipe.atoms[atom].atom.effect == .external { owesCommit = true }
    }

    private mutating func note(_ atom: Int, output: String? = nil, failure: Failure? = nil) {
        let time = now()
        unsaved.append(
            JournalEntry(
                atom: recipe.atoms[atom].atom.name,
                state: machine.atoms[atom],
                startedAt: startedAt[atom] ?? time,
                at: time,
                output: output,
                failure: failure
            )
        )
    }

    private mutating func announce(_ atom: Int, from old: AtomState, failure: Failure? = nil) {
        let state = machine.atoms[atom]
        let (ports, outputs) = (recipe.atoms[atom].atom.provides, recipe.atoms[atom].outputs)
        var given: [String: any Sendable] = [:]
        if state == .success { for (port, slot) in zip(ports, outputs) { given[port.name] = values[slot] } }
        let change = AtomChange(
            flow: detail.id,
            atom: recipe.atoms[atom].atom.name,
            state: state,
            oldState: old,
            output: given,
            failure: failure
        )
        changes.append(.atom(change))
    }

    private mutating func change(to state: FlowState) {
        guard state != detail.state else { return }
        let change = FlowChange(flow: detail.id, name: recipe.name, state: state, oldState: detail.state)
        changes.append(.flow(change))
        detail.state = state
    }
}

// MARK: - In a transaction

extension FlowRun {
    /// Stores what has happened, and goes on as far as the same transaction carries: through all transactional steps, up
    /// to and with the start of the next step that touches the world, or to the end of the flow.
    mutating func commit(in transaction: some FlowTransaction, claim: Claim?) throws {
        if let claim {
            try transaction.hold(claim)
        } else {
            try transaction.insert(detail)
            savedState = detail.state
        }
        try advance(in: transaction)
        try transaction.append(unsaved, after: savedCount, to: detail.id)
        if detail.state != savedState { try transaction.record(detail.state, of: detail.id) }
        savedCount += unsaved.count
        savedState = detail.state
        unsaved = []
        owesCommit = false
    }

    private mutating func advance(in transaction: some FlowTransaction) throws {
        while true {
            switch machine.next() {
            case .execute(let atom):
                switch recipe.atoms[atom].atom.work {
                case .transactional(_, let execute, _):
                    try start(atom)
                    try perform(atom, execute, in: transaction)
                case .asynchronous where recipe.atoms[atom].atom.effect == .external:
                    try launchDurably(atom)
                case .asynchronous:
                    try launch(atom)
                }
            case .revert(let atom):
                switch recipe.atoms[atom].atom.work {
                case .transactional(_, _, let revert):
                    try start(atom)
                    try perform(atom, revert: revert, in: transaction)
                case .asynchronous(_, nil):
                    try start(atom)
                    try reverted(atom)
                case .asynchronous:
                    try launchDurably(atom)
                }
            case .wait:
                return
            case .finish(let state):
                return try finish(state, in: transaction)
            }
        }
    }

    private mutating func launchDurably(_ atom: Int) throws {
        try launch(atom)
        note(atom)
    }

    private mutating func perform(
        _ atom: Int,
        _ execute: (LoweredAtom.Values, Any) throws -> Produced,
        in transaction: some FlowTransaction
    ) throws {
        let (inputs, context) = (inputs(of: atom), context(of: atom, isRepetition: false))
        do {
            let (produced, output) = try transaction.attempt {
                let produced = try TaskContext.$current.withValue(context) { try execute(inputs, transaction) }
                return (produced, try produced.encode())
            }
            try succeeded(atom, with: produced, stored: output)
        } catch let error as any StoreError where error.concernsStore {
            throw error
        } catch {
            try failed(atom, with: error)
        }
    }

    private mutating func perform(
        _ atom: Int,
        revert: LoweredAtom.TransactionalRevert?,
        in transaction: some FlowTransaction
    ) throws {
        let (inputs, context) = (inputs(of: atom), context(of: atom, isRepetition: false))
        do {
            if let revert, case .succeeded(let output) = outcome(of: atom) {
                try transaction.attempt {
                    try TaskContext.$current.withValue(context) { try revert(inputs, output, transaction) }
                }
            }
            try reverted(atom)
        } catch let error as any StoreError where error.concernsStore {
            throw error
        } catch {
            try revertFailed(atom, with: error)
        }
    }

    private mutating func finish(_ state: FlowState, in transaction: some FlowTransaction) throws {
        change(to: state)
        let end = FlowEnd(
            flow: detail.id,
            state: state,
            failures: failures.sorted { $0.key < $1.key }.map(\.value),
            revertFailures: revertFailures.sorted { $0.key < $1.key }.map(\.value)
        )
        try recipe.ending?.write(request, end, transaction)
    }
}

// MARK: - After an interruption

extension FlowRun {
    private mutating func replay(_ entry: JournalEntry, _ numbers: [String: Int]) throws {
        guard let atom = numbers[entry.atom] else {
            throw RecipeMismatch(flow: detail.id, stored: "a step '\(entry.atom)'", offered: "none of that name")
        }
        let started: AtomState = [.running, .success, .failure].contains(entry.state) ? .running : .reverting
        if machine.atoms[atom] == .revertFailure { machine.retryReverts() }
        if machine.atoms[atom] != started { try machine.move(atom, to: started) }
        if entry.state != started { try machine.move(atom, to: entry.state) }
        startedAt[atom] = entry.startedAt
        switch entry.state {
        case .success:
            let restored = try recipe.atoms[atom].atom.restore(entry.output ?? "{}")
            for (slot, value) in zip(recipe.atoms[atom].outputs, restored) { values[slot] = value }
        case .failure:
            failures[atom] = entry.failure
        case .revertFailure:
            revertFailures[atom] = entry.failure
        case .reverting, .reverted:
            revertFailures[atom] = nil
        default:
            break
        }
    }

    private mutating func takeUpInterrupted() throws {
        for atom in machine.inFlight {
            if machine.isReverting && machine.atoms[atom] == .running {
                try failed(atom, with: Interrupted())
            } else {
                startedAt[atom] = now()
                launched.append((atom, true))
                note(atom)
            }
        }
    }
}

/// An error of the store itself: never the fault of the step during which it showed, so it stops the engine instead of
/// reverting the flow. The run goes on from what is stored when the store is well again.
public protocol StoreError: Error {
    /// `false` if it is the fault of what a step wanted to store, after all.
    var concernsStore: Bool { get }
}

/// A run can't go on with this recipe.
public struct RecipeMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    /// The run.
    public let flow: FlowID
    /// What the run has.
    public let stored: String
    /// What the recipe has.
    public let offered: String

    /// For people: what failed, and why.
    public var description: String { "flow \(flow) was started with \(stored), but the recipe at hand has \(offered)" }
}
