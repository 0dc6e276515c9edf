public import FoundationEssentials
public import Identity
internal import Synchronization

/// Runs a flow, one step after the other unless told otherwise, and stores what happens where that matters.
///
/// ```swift
/// let engine = try Engine(flow, request: CreateRequest(size: 1, snapshot: nil), in: store)
/// try await engine.run()
/// ```
///
/// An engine whose store fails is over: what it had decided and not stored is forgotten, and another engine takes the run
/// up from what is stored.
public actor Engine<Store: FlowStore> {
    /// The run.
    public nonisolated let id: FlowID
    /// Tells of the flow's states.
    public nonisolated let notifier: Notifier<FlowChange>
    /// Tells of the steps' states.
    public nonisolated let atomNotifier: Notifier<AtomChange>
    /// Tells how far the steps are that tell of it.
    public nonisolated let progressNotifier: Notifier<ProgressChange>

    let store: Store
    let options: EngineOptions
    private let now: @Sendable () -> Date
    nonisolated let flow: Mutex<FlowRun>
    private var isStored: Bool
    private var claim: Claim?
    private var phase: Phase
    private var isCommitting = false
    private var progressCommit: Task<Void, Never>?

    private enum Phase {
        /// Nothing has happened since the run was made or taken up.
        case idle
        case running
        /// It has come to rest, and anybody may take it up.
        case rested
        /// The store failed.
        case over
    }

    /// An engine for a new run. Nothing is stored before ``run()``.
    ///
    /// - Parameters:
    ///   - subject: what the run is about, for people.
    ///   - book: the logbook that the run is to belong to.
    ///   - scope: whose run it is; see ``FlowDetail/scope``.
    ///   - options: how to go about it.
    ///   - now: the clock by which the journal is dated.
    /// - Throws: ``UnfitStore`` when a step needs another kind of transaction than the store's.
    public init<Request>(
        _ flow: Flow<Request>,
        request: Request,
        id: FlowID = .random(),
        subject: String = "",
        book: LogBookID? = nil,
        scope: String? = nil,
        in store: Store,
        options: EngineOptions = EngineOptions(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        let time = now()
        let taken = try flow.recipe.request.take(request)
        let detail = FlowDetail(
            id: id,
            name: flow.recipe.name,
            version: flow.recipe.version,
            subject: subject,
            request: taken.stored,
            state: .pending,
            createdAt: time,
            updatedAt: time,
            shape: flow.recipe.shape,
            book: book,
            scope: scope,
            lease: store.lease
        )
        let run = FlowRun(
            recipe: flow.recipe,
            detail: detail,
            request: (request, taken.values),
            options: options,
            now: now
        )
        try self.init(run, claim: nil, store: store, options: options, now: now)
    }

    /// An engine that takes over a stored run from whoever held it.
    ///
    /// - Throws: ``ClaimRefused`` when its holder is alive; ``RecipeMismatch`` when `recipe` isn't what it was started with and
    ///   has no upgrade from that.
    public init(
        resuming id: FlowID,
        with recipe: Recipe,
        in store: Store,
        options: EngineOptions = EngineOptions(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws {
        let claim = try await store.claim(id)
        do {
            guard let (detail, journal) = try await store.load(id) else { throw ClaimRefused(id, .unknown) }
            let run = try FlowRun(recipe: recipe, detail: detail, journal: journal, options: options, now: now)
            try self.init(run, claim: claim, store: store, options: options, now: now)
        } catch {
            store.release(claim)
            throw error
        }
    }

    private init(
        _ run: FlowRun,
        claim: Claim?,
        store: Store,
        options: EngineOptions,
        now: @escaping @Sendable () -> Date
    ) throws {
        if let needed = run.recipe.transaction, needed != Store.Transaction.self {
            throw UnfitStore(flow: run.recipe.name, needed: "\(needed)", offered: "\(Store.Transaction.self)")
        }
        id = run.detail.id
        self.store = store
        self.options = options
        self.now = now
        self.claim = claim
        isStored = claim != nil
        phase = .idle
        let audience = Audience(watch: options.handlerWatch)
        (notifier, atomNotifier, progressNotifier) = (audience.flows, audience.atoms, audience.progress)
        var run = run
        run.audience = audience
        flow = Mutex(run)
    }

    deinit {
        // Taken up and never run, or dropped while it rests: nobody else would let it go.
        if let claim { store.release(claim) }
    }

    /// Where the run is.
    public nonisolated var state: FlowState { flow.withLock(\.detail.state) }

    /// What has gone wrong, in the order of the steps.
    public nonisolated var failures: [Failure] { flow.withLock { $0.failed.map(\.failure) } }

    /// Runs the flow to its end, or until it is suspended. A run that has been reverted starts again from its beginning, as
    /// after ``reset()``; one that has succeeded only tells its listeners so once more.
    ///
    /// - Throws: when the flow was reverted, or its revert failed, what the step threw, or ``WrappedFailure`` if there were
    ///   several or it happened in another process; `CancellationError` when the task was cancelled, which suspends the
    ///   flow; and whatever the store throws.
    public func run() async throws { try await run(pacedBy: nil) }

    /// Runs the flow until it comes to rest, and gives the state in which it did. Goes on with what was suspended, and
    /// tries reverts that failed again; does nothing if the run has succeeded or has been reverted.
    ///
    /// - Throws: `CancellationError` when the task was cancelled, which suspends the flow; otherwise only what the store
    ///   throws. The run is then free to be taken up again.
    @discardableResult
    public func advance() async throws -> FlowState { try await advance(pacedBy: nil) }

    /// Lets what is being performed end, and then leaves the run as it is, until it is run again here or resumed elsewhere.
    /// Nothing happens if it isn't running.
    ///
    /// Steps that wait for their turn although they have been started, because there are more than may run at the same
    /// time, stay `RUNNING` and are performed when the flow goes on. A retry that pauses before its next attempt is cut short,
    /// and pauses for the rest of that time when the flow goes on.
    public nonisolated func suspend() {
        let pauses = flow.withLock { flow in
            flow.suspend()
            return flow.isSuspending ? Array(flow.preparing.values) : []
        }
        for pause in pauses { pause.cancel() }
    }

    /// Puts a run that has succeeded or has been reverted where it was before its first step, and forgets what came of it.
    /// Does nothing to one that has not begun.
    ///
    /// - Throws: ``InvalidTransition`` in any other state, and nothing has been changed then; ``EngineUnavailable`` when this
    ///   engine runs it, ``ClaimRefused`` when somebody else does; and whatever the store throws.
    public func reset() async throws {
        guard state != .pending else { return }
        try checkReset()
        try await takeUp()
        do {
            // Somebody else may have been faster.
            try checkReset()
        } catch {
            rest()
            throw error
        }
        phase = .running
        do {
            try await storeReset()
            rest()
        } catch {
            rest()
            phase = .over
            throw error
        }
        notify()
    }

    private func storeReset() async throws {
        guard let claim else { return }
        let (count, time) = (flow.withLock(\.savedCount), now())
        try await store.transact { transaction in
            try transaction.hold(claim)
            try self.flow.withLock { try $0.storeUpgrade(in: transaction) }
            try transaction.append([.reset(at: time)], after: count, to: claim.flow)
            try transaction.record(.pending, of: claim.flow)
        }
        flow.withLock { flow in
            flow.reset()
            flow.change(to: .pending)
            flow.rewritten = nil
            flow.savedCount += 1
            flow.savedState = .pending
        }
    }

    private func checkReset() throws {
        guard phase != .running else { throw EngineUnavailable(flow: id, reason: "is being run by this engine") }
        guard state.successors.contains(.pending) else {
            throw InvalidTransition(subject: "flow \(id)", from: state.rawValue, to: FlowState.pending.rawValue)
        }
    }

    func run(pacedBy pacer: Pacer?) async throws {
        if hasEnded, state == .reverted { try await reset() }
        if hasEnded, state == .success {
            flow.withLock {
                $0.announce(.running, from: .success)
                $0.announce(.success, from: .running)
            }
            notify()
        }
        switch try await advance(pacedBy: pacer) {
        case .success, .suspended:
            return
        default:
            let failed = flow.withLock(\.failed)
            if failed.count == 1, let error = failed[0].error { throw error }
            throw WrappedFailure(failures: failed.map(\.failure))
        }
    }

    func advance(pacedBy pacer: Pacer?) async throws -> FlowState {
        guard !hasEnded else {
            rest()
            return state
        }
        try await takeUp()
        // Somebody else may have been faster.
        guard !hasEnded else {
            rest()
            return state
        }
        phase = .running
        let reached: FlowState
        do {
            flow.withLock { $0.begin() }
            reached = try await options.surround(run: id, named: flow.withLock(\.recipe.name)) {
                try await store.holding {
                    try await withThrowingTaskGroup { try await drive(in: &$0, pacedBy: pacer) }
                }
            }
        } catch {
            rest()
            phase = .over
            throw error
        }
        rest()
        // A caller that goes on while the flow is suspended would otherwise never end.
        if reached == .suspended { try Task.checkCancellation() }
        return reached
    }

    /// Whether there is nothing left to do.
    private var hasEnded: Bool {
        (phase == .idle || phase == .rested) && (state == .success || state == .reverted)
    }

    /// Takes up a run that was let go when it came to rest, as it is stored by now.
    private func takeUp() async throws {
        switch phase {
        case .running: throw EngineUnavailable(flow: id, reason: "is being run by this engine already")
        case .over: throw EngineUnavailable(flow: id, reason: "was stopped by an error of its store; resume it")
        case .idle: return
        case .rested: break
        }
        let claim = try await store.claim(id)
        do {
            guard let (detail, journal) = try await store.load(id) else { throw ClaimRefused(id, .unknown) }
            try flow.withLock { try $0.reload(detail, journal) }
        } catch {
            store.release(claim)
            throw error
        }
        self.claim = claim
        phase = .idle
    }

    /// Starts whatever may start, stores what has to be stored before it, and waits for what runs, until the flow ends.
    private func drive(
        in group: inout ThrowingTaskGroup<Void, any Error>,
        pacedBy pacer: Pacer?
    ) async throws -> FlowState {
        var performing = 0
        await pacer?.reach(.resuming)
        while true {
            if Task.isCancelled { suspend() }
            notify()
            switch try flow.withLock({ try $0.prepare() }) {
            case .commit:
                try await commit()
                guard state.isAtRest else { continue }
                notify()
                await pacer?.end(in: state)
                return state
            case .perform where options.parallelism == 1:
                notify()
                await pacer?.beginRound(of: flow.withLock(\.launched.count))
                // On this very executor: a hop to another and back would cost more than many a step.
                guard let step = flow.withLock({ $0.takeLaunched() }) else { continue }
                try await perform(step.atom, isRepetition: step.isRepetition)
                await pacer?.performed()
            case .perform:
                notify()
                await pacer?.beginRound(of: 1)
                while performing < options.parallelism, let step = flow.withLock({ $0.takeLaunched() }) {
                    performing += 1
                    group.addTask { try await self.perform(step.atom, isRepetition: step.isRepetition) }
                }
                guard performing > 0 else { continue }
                try await group.next()
                performing -= 1
                await pacer?.performed()
            }
        }
    }

    private func commit() async throws {
        while let progressCommit { await progressCommit.value }
        isCommitting = true
        defer { isCommitting = false }
        let claim = isStored ? claim : nil
        try await store.transact { transaction in
            try self.flow.withLock { try $0.commit(in: transaction, claim: claim) }
        }
        if !isStored { self.claim = Claim(flow: id, epoch: 1) }
        isStored = true
    }

    /// Lets go of the run, which has come to rest.
    private func rest() {
        phase = isStored ? .rested : .idle
        if let claim { store.release(claim) }
        claim = nil
    }
}

// MARK: - Progress

extension Engine {
    /// How far the step named `name` is; `nil` if it has not started, or there is none.
    public nonisolated func progress(of name: String) -> StepProgress? { flow.withLock { $0.progress(of: name) } }

    nonisolated func report(_ fraction: Double, _ details: [String: String], of atom: Int) {
        let (change, isWorthStoring) = flow.withLock { $0.progressed(atom, to: fraction, details) }
        if let change { progressNotifier.notify(change.change, upTo: change.last) }
        if isWorthStoring { Task { await storeProgress() } }
    }

    /// Stores what has happened so far, unless that is about to be stored anyway.
    private func storeProgress() {
        guard let claim, phase == .running, !isCommitting, progressCommit == nil else { return }
        let (entries, count) = flow.withLock { ($0.unsaved, $0.savedCount) }
        progressCommit = Task {
            defer { progressCommit = nil }
            let stored: Void? = try? await store.transact { transaction in
                try transaction.hold(claim)
                try self.flow.withLock { try $0.storeUpgrade(in: transaction) }
                try transaction.append(entries, after: count, to: claim.flow)
            }
            // Should it have failed, the next commit tells why.
            if stored != nil { flow.withLock { $0.saved(entries.count) } }
        }
    }
}

extension Engine: ReportedEngine {}
