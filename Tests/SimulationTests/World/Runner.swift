import Foundation

@testable import TaskFlow

/// An engine as a worker of the simulation has it: what ``Engine`` does around its ``FlowRun``, a piece at a time.
final class Runner {
    enum Phase: Hashable {
        /// Steps are being performed, and nothing happens before one of them ends.
        case waiting
        /// It has something to store.
        case committing
        /// That is done, and not durable yet.
        case flushing
        /// That is durable, and the worker sleeps.
        case flushed
        /// The store has failed: what is being performed is waited for.
        case failing
        case rested
        case over
    }

    /// A step that is being performed.
    struct Performance {
        let atom: Int
        let call: Call
        let startedAt: Date
    }

    let worker: Int
    let options: EngineOptions
    /// As the event that began it had them.
    let event: Event.Options
    var flow: FlowRun
    private(set) var claim: Claim?
    private(set) var isStored: Bool
    var phase = Phase.waiting
    var performing: [Performance] = []
    /// How many have ended and the engine has not noticed.
    private var ended = 0
    private(set) var isCancelled = false
    let isReset: Bool
    /// The run as its journal tells, up to what isn't stored yet.
    private(set) var shadow: Shadow
    /// What listeners believe.
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
        // Nothing is told to nobody.
        let audience = Audience(watch: nil)
        audience.flows.register { _ in }
        audience.atoms.register { _ in }
        self.flow.audience = audience
    }

    var epoch: Int { claim?.epoch ?? 1 }
    var life: Int { shadow.life }
    var isAlive: Bool { phase != .rested && phase != .over }

    /// Begins to run the flow.
    func begin() throws {
        if isReset {
            phase = .committing
        } else {
            flow.begin()
            try drive()
        }
    }

    /// Goes on as far as it goes without the store and without a step that ends.
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

    /// What the engine does in a transaction.
    func body(in transaction: ModelTransaction) throws {
        guard isReset else { return try flow.commit(in: transaction, claim: isStored ? claim : nil) }
        guard let claim else { return }
        try transaction.hold(claim)
        try transaction.append([.reset(at: clock.now)], after: flow.savedCount, to: claim.flow)
        try transaction.record(.pending, of: claim.flow)
    }

    /// The transaction is durable.
    ///
    /// - Returns: a claim to give up, if the run has come to rest.
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

    /// The store has failed.
    ///
    /// - Returns: a claim to give up, if nothing is being performed.
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

    /// A step ends.
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
                try flow.succeeded(atom, with: produced, stored: produced.encode())
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
    /// Compares the run with what its journal tells.
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

    /// Takes what was stored in a transaction.
    func follow(_ entries: some Sequence<JournalEntry>) throws {
        for entry in entries { try follow(entry) }
    }

    /// Tells listeners what has changed, and whether they can make sense of it.
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
