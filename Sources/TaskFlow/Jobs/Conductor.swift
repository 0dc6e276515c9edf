internal import FoundationEssentials
public import Identity
public import Logging
internal import Synchronization

/// Claims jobs and runs their flows, one after another or several at once, until it is stopped (`taskflow:
/// conductors`).
///
/// ```swift
/// let conductor = Conductor(board: board, flows: FlowRegistry(createFlow, deleteFlow), store: store)
/// try await conductor.run()
/// ```
///
/// A job is consumed when its flow has ended, whether in `SUCCESS`, `REVERTED` or `FAILURE`; the store holds the
/// result. A job is abandoned when the store fails or the flow is suspended, moved when the flow goes on at a place that
/// the conductor doesn't serve, and trashed when no conductor can run it.
/// If a conductor dies, the next one that claims the job resumes the run; if it was only paused, its commits are
/// refused when it continues.
public final class Conductor<Board: JobBoard, Store: FlowStore>: Sendable {
    /// The name under which the conductor claims jobs; unique among the conductors of a board.
    public let name: String
    /// Notifies of the conductor's work on jobs.
    public let notifier = Notifier<ConductorChange>()

    let board: Board
    let flows: FlowRegistry
    let store: Store
    let options: ConductorOptions
    let listeners: @Sendable (Job) -> [any Listener]
    private let logger: Logger
    private let progress = Mutex(Progress())

    private struct Progress {
        var isRunning = false
        var isStopping = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// For each job that is being run, a function that suspends its flow.
        var suspensions: [JobID: @Sendable () -> Void] = [:]
        /// Ends the conductor's waiting for a job.
        var awakening: (@Sendable () -> Void)?
        /// The jobs that this conductor has abandoned, and the time until which it leaves them to others.
        var abandoned: [JobID: ContinuousClock.Instant] = [:]
    }

    /// Creates a conductor, which does nothing before ``run(maxDispatches:)``.
    ///
    /// - Parameters:
    ///   - name: the name under which the conductor claims jobs; unique among the conductors of a board.
    ///   - flows: the flows that the conductor can run. A job for another flow is trashed.
    ///   - store: the store of the runs.
    ///   - logger: receives failures of the board that the conductor has survived.
    ///   - listeners: returns the listeners for the flow of a job.
    public init(
        named name: String = "conductor-\(JobID.random())",
        board: Board,
        flows: FlowRegistry,
        store: Store,
        options: ConductorOptions = ConductorOptions(),
        logger: Logger = Logger(label: "taskflow.conductor"),
        listeners: @escaping @Sendable (Job) -> [any Listener] = { _ in [] }
    ) {
        self.name = name
        self.board = board
        self.flows = flows
        self.store = store
        self.options = options.handingOver(on: board, by: name, for: Store.Transaction.self)
        self.logger = logger
        self.listeners = listeners
    }

    /// Whether the conductor is running.
    public var isDispatching: Bool { progress.withLock(\.isRunning) }

    /// Claims and runs jobs until ``stop()`` is called, the task is cancelled, which suspends the running flows, or
    /// `maxDispatches` jobs have been claimed; then waits for the jobs that are still running. If the board fails, it
    /// is asked again later.
    ///
    /// - Parameter maxDispatches: the number of jobs to claim, whatever their outcome; unlimited if `nil`.
    /// - Returns: the number of jobs that were claimed.
    /// - Throws: ``ConductorBusy`` if the conductor is running already.
    @discardableResult
    public func run(maxDispatches: Int? = nil) async throws(ConductorBusy) -> Int {
        let isFirst = progress.withLock { progress in
            defer { progress.isRunning = true }
            return !progress.isRunning
        }
        guard isFirst else { throw ConductorBusy(conductor: name) }
        defer { finish() }
        return await withTaskGroup(of: Void.self) { group in
            var (dispatched, working) = (0, 0)
            while dispatched < maxDispatches ?? .max, !isStopping, !Task.isCancelled {
                if working == options.simultaneousJobs {
                    await group.next()
                    working -= 1
                } else if let (job, keeper) = await claim() {
                    dispatched += 1
                    working += 1
                    group.addTask { await self.work(on: job, keeper) }
                }
            }
            return dispatched
        }
    }

    /// Claims no more jobs, and suspends the running flows: the steps that are being performed come to their end, and
    /// the jobs are abandoned, so that other conductors can continue them. A retry's pause and the wait for jobs are
    /// interrupted.
    public func stop() {
        let (suspensions, awaken) = progress.withLock { progress in
            progress.isStopping = progress.isRunning
            return (Array(progress.suspensions.values), progress.awakening)
        }
        for suspend in suspensions { suspend() }
        awaken?()
    }

    /// Waits until the conductor has stopped and all its jobs have ended.
    public func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = progress.withLock { progress in
                if progress.isRunning { progress.waiters.append(continuation) }
                return !progress.isRunning
            }
            if isOver { continuation.resume() }
        }
    }

    /// Runs `body`, during which ``stop()`` calls `suspend`.
    func stoppable<Result>(
        _ job: JobID,
        by suspend: @escaping @Sendable () -> Void,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        progress.withLock { $0.suspensions[job] = suspend }
        defer { progress.withLock { $0.suspensions[job] = nil } }
        return try await body()
    }

    /// Whether the conductor has been told to stop and is still running.
    var isStopping: Bool { progress.withLock(\.isStopping) }

    /// Leaves a job to other conductors for ``ConductorOptions/waitTimeout``.
    func leave(_ job: JobID) {
        progress.withLock { $0.abandoned[job] = .now + options.waitTimeout.clamped }
    }

    func tell(_ event: ConductorEvent, _ job: Job, state: FlowState? = nil, reason: String? = nil) {
        notifier.notify(ConductorChange(kind: event, job: job, conductor: name, state: state, reason: reason))
    }

    func log(_ message: Logger.Message, _ error: any Error) {
        logger.warning(message, metadata: ["conductor": "\(name)", "error": "\(error)"])
    }

    private func finish() {
        let waiters = progress.withLock { progress in
            defer { (progress.isRunning, progress.isStopping, progress.waiters) = (false, false, []) }
            return progress.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Claims the first available job that no other conductor claims before; `nil` if there was none in time.
    private func claim() async -> (Job, LeaseKeeper<Board>)? {
        do {
            let left = progress.withLock { progress in
                progress.abandoned = progress.abandoned.filter { $0.value > .now }
                return progress.abandoned
            }
            let limit = left.count + 16
            let found = try await idling { [board, options] in
                try await board.wait(at: options.places, atMost: options.waitTimeout, limit: limit)
            }
            let candidates = found.map(\.job).filter { left[$0.id] == nil }
            for job in candidates {
                do {
                    let keeper = try await LeaseKeeper(claiming: job.id, by: name, on: board, for: options.lease)
                    return (job, keeper)
                } catch is JobRefused {}
            }
            if candidates.isEmpty && !found.isEmpty { try await rest() }
        } catch is CancellationError {
        } catch {
            log("the job board failed; it is asked again in \(options.waitTimeout)", error)
            // A cancellation is noticed by the loop of `run`.
            try? await rest()
        }
        return nil
    }

    private func rest() async throws {
        try await idling { [options] in try await Task.sleep(for: options.waitTimeout.clamped) }
    }

    /// Runs `body`, which only waits; ``stop()`` cancels it.
    private func idling<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let waiting = Task { try await body() }
        let isStopping = progress.withLock { progress in
            progress.awakening = { waiting.cancel() }
            return progress.isStopping
        }
        if isStopping { waiting.cancel() }
        defer { progress.withLock { $0.awakening = nil } }
        return try await withTaskCancellationHandler {
            try await waiting.value
        } onCancel: {
            waiting.cancel()
        }
    }
}

/// A conductor was started that is running already.
public struct ConductorBusy: Error, Sendable, Hashable, CustomStringConvertible {
    /// The conductor's name.
    public let conductor: String

    /// The message for a person: what failed and why.
    public var description: String { "conductor '\(conductor)' is running already" }
}
