public import FoundationEssentials
public import Identity
internal import Synchronization

/// Runs a flow, one step at a time by default, and stores its progress.
///
/// ```swift
/// let engine = try Engine(flow, request: CreateRequest(size: 1, snapshot: nil), in: store)
/// try await engine.run()
/// ```
///
/// An engine whose store fails can't be used again: its decisions that were not stored are lost, and another engine has
/// to resume the run from its stored state.
public actor Engine<Store: FlowStore> {
    /// The run's identifier.
    public nonisolated let id: FlowID
    /// Notifies of changes of the flow's state.
    public nonisolated let notifier: Notifier<FlowChange>
    /// Notifies of changes of the steps' states.
    public nonisolated let atomNotifier: Notifier<AtomChange>
    /// Notifies of the progress that steps report.
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
        /// Nothing has happened since the run was created or claimed.
        case idle
        case running
        /// The run is at rest and not claimed, so any engine may claim it.
        case rested
        /// The store has failed.
        case over
    }

    /// Creates an engine for a new run. Nothing is stored before ``run()``.
    ///
    /// - Parameters:
    ///   - subject: what the run is about, for messages and lists.
    ///   - book: the logbook that the run belongs to.
    ///   - scope: the owner of the run, such as a project; see ``FlowDetail/scope``.
    ///   - options: the engine's options.
    ///   - now: returns the time for the journal.
    /// - Throws: ``UnfitStore`` when a step needs another kind of transaction than the store's; ``UnfitBoard`` when the
    ///   board of the options isn't in the store.
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

    /// Creates an engine that claims a stored run and resumes it.
    ///
    /// - Throws: ``ClaimRefused`` when there is no such run or the process that holds it is alive; ``RecipeMismatch``
    ///   when `recipe` isn't the one that the run was started with and has no upgrade from that; and the store's
    ///   errors.
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
        try options.handOver?.requireFit(for: Store.Transaction.self)
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
        // An engine that claimed a run and was never run still holds the claim.
        if let claim { store.release(claim) }
    }

    /// The run's state.
    public nonisolated var state: FlowState { flow.withLock(\.detail.state) }

    /// The failures that have not been resolved, in the order of the steps.
    public nonisolated var failures: [Failure] { flow.withLock { $0.failed.map(\.failure) } }

    /// Runs the flow to its end, or until it is suspended or handed over to another place. A run that has been reverted
    /// starts again from its beginning, as after ``reset()``; a run that has succeeded only notifies its listeners again.
    ///
    /// - Throws: the step's error when the flow was reverted or its revert failed, or ``WrappedFailure`` if there were
    ///   several or it was thrown in another process; `CancellationError` when the task was cancelled, which suspends
    ///   the flow; and the store's errors.
    public func run() async throws { try await run(pacedBy: nil) }

    /// Runs the flow until it is at rest, and returns the state that it has reached. Resumes a suspended run, and tries
    /// failed reverts again; does nothing if the run has succeeded or has been reverted.
    ///
    /// - Throws: `CancellationError` when the task was cancelled, which suspends the flow; otherwise only the store's
    ///   errors. The run can then be claimed again.
    @discardableResult
    public func advance() async throws -> FlowState { try await advance(pacedBy: nil) }

    /// Returns a run that has succeeded or been reverted to the state before its first step, and discards its outputs
    /// and failures. Does nothing to a run that has not begun.
    ///
    /// - Throws: ``InvalidTransition`` in any other state, without changing anything; ``EngineUnavailable`` when this
    ///   engine is running the run; ``ClaimRefused`` when another process does; and the store's errors.
    public func reset() async throws {
        guard state != .pending else { return }
        try checkReset()
        try await takeUp()
        do {
            // Another engine may have changed the run before the claim.
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
        try await store.transact(reaching: .run) { transaction in
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
        // Another engine may have changed the run before the claim.
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
        // A caller that advances until the flow is no longer suspended must end when it is cancelled.
        if reached == .suspended { try Task.checkCancellation() }
        return reached
    }

    /// Whether the run is at rest and has succeeded or been reverted.
    private var hasEnded: Bool {
        (phase == .idle || phase == .rested) && (state == .success || state == .reverted)
    }

    /// Claims a run that this engine released when it came to rest, and loads its current state.
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

    /// Starts all steps that may start, commits where that has to come first, and waits for running steps, until the
    /// flow is at rest.
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
                // Performed on this executor: a hop to another and back would cost more than many steps do.
                guard let step = flow.withLock({ $0.takeLaunched() }) else { continue }
                try await perform(step.atom, isRepetition: step.isRepetition, under: claim)
                await pacer?.performed()
            case .perform:
                notify()
                await pacer?.beginRound(of: 1)
                while performing < options.parallelism, let step = flow.withLock({ $0.takeLaunched() }) {
                    performing += 1
                    group.addTask { [claim] in
                        try await self.perform(step.atom, isRepetition: step.isRepetition, under: claim)
                    }
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
        try await store.transact(reaching: flow.withLock(\.reach)) { transaction in
            try self.flow.withLock { try $0.commit(in: transaction, claim: claim) }
        }
        if !isStored { self.claim = Claim(flow: id, epoch: 1) }
        isStored = true
    }

    /// Releases the claim on the run, which is at rest.
    private func rest() {
        phase = isStored ? .rested : .idle
        if let claim { store.release(claim) }
        claim = nil
    }
}

// MARK: - Progress

extension Engine {
    /// Returns the progress of the step named `name`; `nil` if it has not started, or there is no such step.
    public nonisolated func progress(of name: String) -> StepProgress? { flow.withLock { $0.progress(of: name) } }

    nonisolated func report(_ fraction: Double, _ details: [String: String], of atom: Int) {
        let (change, isWorthStoring) = flow.withLock { $0.progressed(atom, to: fraction, details) }
        if let change { progressNotifier.notify(change.change, upTo: change.last) }
        if isWorthStoring { Task { await storeProgress() } }
    }

    /// Stores the progress so far, unless a commit that includes it is under way.
    private func storeProgress() {
        guard let claim, phase == .running, !isCommitting, progressCommit == nil else { return }
        let (entries, count) = flow.withLock { ($0.unsaved, $0.savedCount) }
        progressCommit = Task {
            defer { progressCommit = nil }
            let stored: Void? = try? await store.transact(reaching: .run) { transaction in
                try transaction.hold(claim)
                try self.flow.withLock { try $0.storeUpgrade(in: transaction) }
                try transaction.append(entries, after: count, to: claim.flow)
            }
            // If this commit fails, the next one throws the reason.
            if stored != nil { flow.withLock { $0.saved(entries.count) } }
        }
    }
}

extension Engine: ReportedEngine {}
