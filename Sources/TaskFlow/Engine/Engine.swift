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
    public nonisolated let notifier = Notifier<FlowChange>()
    /// Tells of the steps' states.
    public nonisolated let atomNotifier = Notifier<AtomChange>()

    private let store: Store
    private let options: EngineOptions
    private nonisolated let flow: Mutex<FlowRun>
    private var claim: Claim?
    private var phase: Phase

    private enum Phase {
        case idle
        case running
        /// There is nothing left to do: a run ends, and its conclusion is written, once.
        case ended
        /// The store failed.
        case over
    }

    /// An engine for a new run. Nothing is stored before ``run()``.
    ///
    /// - Parameters:
    ///   - subject: what the run is about, for people.
    ///   - options: how to go about it.
    ///   - now: the clock by which the journal is dated.
    /// - Throws: ``UnfitStore`` when a step needs another kind of transaction than the store's.
    public init<Request>(
        _ flow: Flow<Request>,
        request: Request,
        id: FlowID = .random(),
        subject: String = "",
        in store: Store,
        options: EngineOptions = EngineOptions(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        let time = now()
        let detail = FlowDetail(
            id: id,
            name: flow.recipe.name,
            version: flow.recipe.version,
            subject: subject,
            request: try FieldMap<Request>().encode(request),
            state: .pending,
            createdAt: time,
            updatedAt: time
        )
        let run = try FlowRun(recipe: flow.recipe, detail: detail, options: options, now: now)
        try self.init(run, claim: nil, store: store, options: options)
    }

    /// An engine that takes over a stored run from whoever held it.
    ///
    /// - Throws: ``ClaimRefused`` when its holder is alive; ``RecipeMismatch`` when `recipe` isn't what it was started with.
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
            try self.init(run, claim: claim, store: store, options: options)
        } catch {
            store.release(claim)
            throw error
        }
    }

    private init(_ run: FlowRun, claim: Claim?, store: Store, options: EngineOptions) throws {
        if let needed = run.recipe.transaction, needed != Store.Transaction.self {
            throw UnfitStore(flow: run.recipe.name, needed: "\(needed)", offered: "\(Store.Transaction.self)")
        }
        id = run.detail.id
        self.store = store
        self.options = options
        self.claim = claim
        phase = run.detail.state == .success || run.detail.state == .reverted ? .ended : .idle
        flow = Mutex(run)
    }

    /// Where the run is.
    public var state: FlowState { flow.withLock(\.detail.state) }

    /// What has gone wrong, in the order of the steps.
    public var failures: [Failure] { flow.withLock { $0.failed.map(\.failure) } }

    /// Runs the flow to its end.
    ///
    /// - Throws: when the flow was reverted, or its revert failed, what the step threw, or ``WrappedFailure`` if there were
    ///   several or it happened in another process; and whatever the store throws.
    public func run() async throws {
        guard try await advance() != .success else { return }
        let failed = flow.withLock(\.failed)
        if failed.count == 1, let error = failed[0].error { throw error }
        throw WrappedFailure(failures: failed.map(\.failure))
    }

    /// Runs the flow to its end and gives the state in which it ended. Does nothing if it has ended.
    ///
    /// - Throws: only what the store throws. The run is then free to be taken up again.
    @discardableResult
    public func advance() async throws -> FlowState {
        switch phase {
        case .idle: phase = .running
        case .running: throw EngineUnavailable(flow: id, reason: "is being run by this engine already")
        case .over: throw EngineUnavailable(flow: id, reason: "was stopped by an error of its store; resume it")
        case .ended:
            release()
            return state
        }
        do {
            flow.withLock { $0.begin() }
            let state = try await withThrowingTaskGroup { try await drive(in: &$0) }
            phase = .ended
            release()
            return state
        } catch {
            phase = .over
            release()
            throw error
        }
    }

    /// Starts whatever may start, stores what has to be stored before it, and waits for what runs, until the flow ends.
    private func drive(in group: inout ThrowingTaskGroup<Void, any Error>) async throws -> FlowState {
        var performing = 0
        while true {
            notify()
            switch try flow.withLock({ try $0.prepare() }) {
            case .launched:
                continue
            case .commit:
                try await commit()
                guard state.isFinished else { continue }
                notify()
                return state
            case .perform where options.parallelism == 1:
                // On this very executor: a hop to another and back would cost more than many a step.
                guard let step = flow.withLock({ $0.takeLaunched() }) else { continue }
                try await perform(step.atom, isRepetition: step.isRepetition)
            case .perform:
                while performing < options.parallelism, let step = flow.withLock({ $0.takeLaunched() }) {
                    performing += 1
                    group.addTask { try await self.perform(step.atom, isRepetition: step.isRepetition) }
                }
                try await group.next()
                performing -= 1
            }
        }
    }

    private nonisolated func perform(_ atom: Int, isRepetition: Bool) async throws {
        let (job, context) = flow.withLock { ($0.job(of: atom), $0.context(of: atom, isRepetition: isRepetition)) }
        guard let job else { return }
        if context.isReverting {
            do {
                try await shielded(in: context, job.revert)
                try flow.withLock { try $0.reverted(atom) }
            } catch {
                try flow.withLock { try $0.revertFailed(atom, with: error) }
            }
        } else {
            do {
                let produced = try await TaskContext.$current.withValue(context) { try await job.execute() }
                let output = try produced.encode()
                try flow.withLock { try $0.succeeded(atom, with: produced, stored: output) }
            } catch {
                try flow.withLock { try $0.failed(atom, with: error) }
            }
        }
    }

    private func commit() async throws {
        let claim = claim
        try await store.transact { transaction in
            try self.flow.withLock { try $0.commit(in: transaction, claim: claim) }
        }
        if claim == nil { self.claim = Claim(flow: id, epoch: 1) }
    }

    private func notify() {
        for change in flow.withLock({ $0.takeChanges() }) {
            switch change {
            case .flow(let change): notifier.notify(change)
            case .atom(let change): atomNotifier.notify(change)
            }
        }
    }

    private func release() {
        if let claim { store.release(claim) }
    }
}

/// Runs `body` to its end even if the caller has been cancelled: what is half undone is worse than what isn't.
private func shielded(
    in context: TaskContext,
    _ body: @Sendable @escaping () async throws -> Void
) async throws {
    try await Task { try await TaskContext.$current.withValue(context) { try await body() } }.value
}

/// An engine can't run its flow: it does so already, or its store has failed, and the run goes on in a new engine that
/// takes it up from what is stored.
public struct EngineUnavailable: Error, Sendable, Hashable, CustomStringConvertible {
    /// The run.
    public let flow: FlowID
    /// Why, as the rest of a sentence about the flow.
    public let reason: String

    /// For people: what failed, and why.
    public var description: String { "flow \(flow) \(reason)" }
}

/// A flow's steps need another kind of transaction than the store has.
public struct UnfitStore: Error, Sendable, Hashable, CustomStringConvertible {
    /// The flow's name.
    public let flow: String
    /// The type that the steps need.
    public let needed: String
    /// The type that the store has.
    public let offered: String

    /// For people: what failed, and why.
    public var description: String {
        "flow '\(flow)' has steps that need a store with \(needed), but this store has \(offered)"
    }
}
