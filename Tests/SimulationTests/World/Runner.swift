import Foundation

@testable import TaskFlow

/// The engine of a simulated worker: the loop of ``Engine`` around its ``FlowRun``, one piece at a time.
final class Runner {
    enum Phase: Hashable {
        /// Steps are running, and nothing happens before one of them ends.
        case waiting
        /// A transaction is pending.
        case committing
        /// The transaction has run and is not durable yet.
        case flushing
        /// The transaction is durable, and the worker sleeps.
        case flushed
        /// The store has failed, and the worker waits for its running steps.
        case failing
        case rested
        case over
    }

    /// A running step.
    struct Performance {
        let atom: Int
        let call: Call
        let startedAt: Date
    }

    let worker: Int
    let options: EngineOptions
    /// The options of the event that started it.
    let event: Event.Options
    var flow: FlowRun
    private(set) var claim: Claim?
    private(set) var isStored: Bool
    var phase = Phase.waiting
    var performing: [Performance] = []
    /// The number of ended steps that the engine has not noticed.
    private var ended = 0
    private(set) var isCancelled = false
    let isReset: Bool
    /// The run according to its journal, with entries that are not stored yet.
    private(set) var shadow: Shadow
    /// The states that listeners were told.
    private(set) var told: [AtomState]
    private var toldFlow: FlowState
    private let clock: ModelClock

    init(
        _ flow: FlowRun,
        claim: Claim?,
        worker: Int,
        shadow: Shadow,
        isReset: Bool,
        event: Event.Options,
        clock: ModelClock
    ) {
        self.event = event
        self.worker = worker
        self.flow = flow
        self.claim = claim
        self.shadow = shadow
        self.isReset = isReset
        self.clock = clock
        options = flow.options
        isStored = claim != nil
        told = Array(flow.machine.atoms)
        toldFlow = flow.detail.state
        // An audience without listeners.
        let audience = Audience(watch: nil)
        audience.flows.register { _ in }
        audience.atoms.register { _ in }
        self.flow.audience = audience
    }

    var epoch: Int { claim?.epoch ?? 1 }
    var life: Int { shadow.life }
    var isAlive: Bool { phase != .rested && phase != .over }

    /// Starts to run the flow.
    func begin() throws {
        if isReset {
            phase = .committing
        } else {
            flow.begin()
            try drive()
        }
    }

    /// Runs up to the point that needs the store or the end of a step.
    func drive() throws {
        for _ in 0..<1000 {
            if isCancelled { flow.suspend() }
            try tell()
            switch try noting({ try flow.prepare() }) {
            case .commit:
                phase = .committing
                return
            case .perform:
                while performing.count + ended < options.parallelism, let step = flow.takeLaunched() {
                    perform(step.atom, isRepetition: step.isRepetition)
                }
                guard performing.count + ended > 0 else { continue }
                guard ended > 0 else {
                    phase = .waiting
                    return
                }
                ended -= 1
            }
        }
        throw Violation(.liveness, "the engine runs in circles")
    }

    var began: [Performance] = []

    private func perform(_ atom: Int, isRepetition: Bool) {
        let call = flow.call(of: atom, isRepetition: isRepetition)
        let performance = Performance(atom: atom, call: call, startedAt: clock.now)
        performing.append(performance)
        began.append(performance)
    }

    /// The engine's body of a transaction.
    func body(in transaction: ModelTransaction) throws {
        guard isReset else { return try flow.commit(in: transaction, claim: isStored ? claim : nil) }
        guard let claim else { return }
        try transaction.hold(claim)
        try transaction.append([.reset(at: clock.now)], after: flow.savedCount, to: claim.flow)
        try transaction.record(.pending, of: claim.flow)
    }

    /// Notes that the transaction is durable.
    ///
    /// - Returns: a claim to release, if the run is at rest.
    func committed() throws -> Claim? {
        if isReset {
            try shadow.feed(.reset(at: clock.now))
            flow.reset()
            flow.change(to: .pending)
            flow.savedCount += 1
            flow.savedState = .pending
            try tell()
            return rest()
        }
        if !isStored { claim = Claim(flow: flow.detail.id, epoch: 1) }
        isStored = true
        guard flow.detail.state.isAtRest else {
            try drive()
            return nil
        }
        try tell()
        if !performing.isEmpty { throw Violation(.noError, "the engine rests while steps are performed") }
        return rest()
    }

    private func rest() -> Claim? {
        defer { claim = nil }
        phase = .rested
        return claim
    }

    /// Notes that the store has failed.
    ///
    /// - Returns: a claim to release, if no step is running.
    func fail() -> Claim? {
        phase = .failing
        isCancelled = true
        return giveUp()
    }

    func giveUp() -> Claim? {
        guard phase == .failing, performing.isEmpty else { return nil }
        defer { claim = nil }
        phase = .over
        return claim
    }

    func cancel() { isCancelled = true }

    /// Notes that a step has ended.
    func end(_ performance: Performance, _ result: Result<Produced?, any Error>) throws {
        ended += 1
        let atom = performance.atom
        if performance.call.context.isReverting {
            switch result {
            case .success: try flow.reverted(atom)
            case .failure(let error): try flow.revertFailed(atom, with: error)
            }
        } else {
            switch result {
            case .success(let produced):
                guard let produced else { return }
                try flow.succeeded(atom, with: produced)
            case .failure where isCancelled:
                flow.interrupted(atom)
            case .failure(let error):
                try flow.failed(atom, with: error)
            }
        }
    }

    private func noting<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw Violation(.noError, "it threw \(error)")
        }
    }
}

// MARK: - Checks

extension Runner {
    /// Compares the run with its journal.
    func check() throws {
        for entry in flow.unsaved.dropFirst(shadow.count - flow.savedCount) { try follow(entry) }
        if let difference = flow.difference(from: shadow) { throw Violation(.replay, difference) }
    }

    private func follow(_ entry: JournalEntry) throws {
        do {
            try shadow.feed(entry)
        } catch {
            throw Violation(.replay, "the journal can't be replayed: \(error) at \(entry.atom) \(entry.state.rawValue)")
        }
    }

    /// Reads the entries of a stored transaction.
    func follow(_ entries: some Sequence<JournalEntry>) throws {
        for entry in entries { try follow(entry) }
    }

    /// Tells listeners of all changes, and checks that each is a valid transition.
    private func tell() throws {
        for change in flow.takeChanges() {
            switch change {
            case .flow(let change, _):
                guard change.oldState == toldFlow else {
                    throw Violation(
                        .listeners,
                        "they heard that the flow went from \(change.oldState.rawValue), and knew \(toldFlow.rawValue)"
                    )
                }
                guard change.oldState.successors.contains(change.state) else {
                    throw Violation(
                        .stateTables,
                        "the flow went from \(change.oldState.rawValue) to \(change.state.rawValue)"
                    )
                }
                toldFlow = change.state
            case .atom(let change, _):
                try hear(change)
            case .progress:
                break
            }
        }
        let live = Array(flow.machine.atoms)
        if told != live { throw Violation(.listeners, "they believe \(told), and it is \(live)") }
        if toldFlow != flow.detail.state { throw Violation(.listeners, "they believe the flow to be \(toldFlow)") }
    }

    private func hear(_ change: AtomChange) throws {
        guard let atom = shadow.number(of: change.atom) else { return }
        guard change.oldState == told[atom] else {
            throw Violation(
                .listeners,
                "they heard that '\(change.atom)' went from \(change.oldState.rawValue), and knew \(told[atom].rawValue)"
            )
        }
        guard change.oldState.successors.contains(change.state) || isReset && change.state == .pending else {
            throw Violation(
                .stateTables,
                "'\(change.atom)' went from \(change.oldState.rawValue) to \(change.state.rawValue)"
            )
        }
        told[atom] = change.state
    }
}
