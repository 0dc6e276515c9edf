internal import FoundationEssentials
public import Identity
public import Logging
internal import Synchronization

/// Claims jobs and runs their flows, one after the other or several at once, for as long as it is left to
/// (`taskflow: conductors`).
///
/// ```swift
/// let conductor = Conductor(board: board, flows: FlowRegistry(createFlow, deleteFlow), store: store)
/// try await conductor.run()
/// ```
///
/// A job is consumed when its flow has ended, whether in `SUCCESS`, `REVERTED` or `FAILURE`: how is known to the store. It is
/// abandoned when the store fails, and trashed when nobody can run it. If the conductor dies, the next one that claims the
/// job takes the run up where it is; if it only sleeps, it finds on waking that it can store nothing any more.
public final class Conductor<Board: JobBoard, Store: FlowStore>: Sendable {
    /// By which it claims jobs. No two conductors of a board have the same.
    public let name: String
    /// Tells what it does.
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
        /// What suspends the flows that it runs.
        var suspensions: [JobID: @Sendable () -> Void] = [:]
        /// What ends its waiting for a job.
        var awakening: (@Sendable () -> Void)?
        /// Jobs that it has abandoned, and until when it leaves them to others.
        var abandoned: [JobID: ContinuousClock.Instant] = [:]
    }

    /// - Parameters:
    ///   - name: by which it claims jobs. No two conductors of a board may have the same.
    ///   - flows: those that it can run. A job that asks for another is trashed.
    ///   - store: where the flows are kept.
    ///   - logger: hears of failures of the board that the conductor has survived.
    ///   - listeners: those that follow the flow of a job.
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
        self.options = options
        self.logger = logger
        self.listeners = listeners
    }

    /// Whether it is running.
    public var isDispatching: Bool { progress.withLock(\.isRunning) }

    /// Works on jobs until ``stop()`` is called, the task is cancelled, which suspends the flows that run, or `maxDispatches`
    /// jobs have been taken on; then waits for those that it is working on.
    ///
    /// - Parameter maxDispatches: how many jobs to take on, whatever comes of them; any number if `nil`.
    /// - Returns: how many jobs it has taken on.
    /// - Throws: ``ConductorBusy`` when it is running already. A board that fails is asked again later.
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

    /// Lets it take on no more jobs, and suspends the flows that it runs: each ends the steps that it performs, and its job is
    /// abandoned, for others to go on with. Neither a retry's pause nor its own waiting for jobs is waited out.
    public func stop() {
        let (suspensions, awaken) = progress.withLock { progress in
            progress.isStopping = progress.isRunning
            return (Array(progress.suspensions.values), progress.awakening)
        }
        for suspend in suspensions { suspend() }
        awaken?()
    }

    /// Waits until it has stopped, and all that it was working on has ended.
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

    /// Whether it has been told to stop, and has not yet.
    var isStopping: Bool { progress.withLock(\.isStopping) }

    /// Leaves a job to others for a while.
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

    /// The first job that nobody else is faster to claim; `nil` if there was none for a while.
    private func claim() async -> (Job, LeaseKeeper<Board>)? {
        do {
            let left = progress.withLock { progress in
                progress.abandoned = progress.abandoned.filter { $0.value > .now }
                return progress.abandoned
            }
            let limit = left.count + 16
            let found = try await idling { [board, options] in
                try await board.wait(atMost: options.waitTimeout, limit: limit)
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
            // Cancelled: the loop sees it.
            try? await rest()
        }
        return nil
    }

    private func rest() async throws {
        try await idling { [options] in try await Task.sleep(for: options.waitTimeout.clamped) }
    }

    /// Runs `body`, which does nothing but wait, until ``stop()`` cancels it.
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

/// A conductor was told to run that does so already.
public struct ConductorBusy: Error, Sendable, Hashable, CustomStringConvertible {
    /// Its name.
    public let conductor: String

    /// For people: what failed, and why.
    public var description: String { "conductor '\(conductor)' is running already" }
}
