internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import Synchronization
public import TaskFlow
public import VolumeAPI

/// The worker of a host: it reports the host's pools to the others, takes up the flows that wait for them, and finishes or
/// reverts what processes have left behind.
///
/// A queue of flows needs no rows of its own: a flow that was handed over rests in the store with the place that it waits for,
/// and the worker claims it like any flow that a process has left. So it is neither lost nor run twice, whenever a process dies.
public final class HostWorker: Sendable {
    /// How a worker works.
    public struct Options: Sendable {
        /// How often it reports the host's pools.
        public var reportInterval: Duration
        /// How many flows it runs at once in a pool.
        public var flowsPerPool: Int
        /// How long it waits for running steps after ``HostWorker/stop()``.
        public var stopLimit: Duration
        /// How often it looks for flows.
        public var pause = Duration.milliseconds(200)

        /// - Parameters:
        ///   - reportInterval: how often it reports the host's pools.
        ///   - flowsPerPool: how many flows it runs at once in a pool; at least one.
        ///   - stopLimit: how long it waits for running steps after ``HostWorker/stop()``.
        public init(
            reportInterval: Duration = .seconds(5),
            flowsPerPool: Int = 4,
            stopLimit: Duration = .seconds(20)
        ) {
            (self.reportInterval, self.flowsPerPool, self.stopLimit) = (reportInterval, max(1, flowsPerPool), stopLimit)
        }
    }

    /// What a worker tells its program.
    public enum Event: Sendable {
        /// The first report is stored, and flows are taken up.
        case ready
        /// It has looked for flows, perhaps in vain because the store has failed: it is alive.
        case looked
        /// It has taken up a flow, which was in this step if a process died in it.
        case took(FlowDetail, interruptedStep: String?)
        /// A flow has ended, goes on elsewhere, or can't be carried on.
        case settled(Recovery)
        /// The store or a pool has failed, and the worker tries again.
        case failed(String)
        /// The worker was told to stop while this many flows were running.
        case stopping(flows: Int)
    }

    private struct State {
        /// The flows that are being run, with the places that they waited for.
        var running: [FlowID: String] = [:]
        /// Flows that could not be carried on, when, and why.
        var refused: [FlowID: (time: ContinuousClock.Instant, reason: String)] = [:]
    }

    /// How long a flow that can't be carried on is left alone.
    private static let refusal = Duration.seconds(30)

    private let service: VolumeService
    private let label: String
    private let options: Options
    private let tell: @Sendable (Event) -> Void
    private let order = WorkerStop()
    private let state = Mutex(State())

    /// - Parameters:
    ///   - service: the service of the host.
    ///   - label: the words for this process: `process 711`.
    ///   - tell: is called at each event.
    public init(
        _ service: VolumeService,
        label: String,
        options: Options = Options(),
        tell: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        (self.service, self.label, self.options, self.tell) = (service, label, options, tell)
    }

    /// Tells the worker to stop: it takes up no more flows, and those that run come to rest after their running steps, for
    /// the next worker.
    public func stop() { order.order() }

    /// Works until ``stop()``, and then until the running steps have ended, at most for ``Options/stopLimit``.
    ///
    /// - Returns: whether all flows have come to rest. Flows that have not are taken up after this process has ended.
    /// - Throws: ``VolumeError`` if the first report fails: `invalidInput` for a service without a host; `storeUnavailable` if
    ///   others have taken over what this process held, so that it has to be started again.
    public func run() async throws(VolumeError) -> Bool {
        try await service.reportPools(by: label)
        tell(.ready)
        let reports = Task { await report() }
        while !order.isOrdered, !service.store.isReplaced {
            do {
                try await takeUp()
            } catch {
                tell(.failed("\(VolumeError(translating: error).message)"))
            }
            tell(.looked)
            try? await Task.sleep(for: options.pause)
        }
        reports.cancel()
        await reports.value
        tell(.stopping(flows: running))
        let end = ContinuousClock.now + options.stopLimit
        while running > 0, .now < end { try? await Task.sleep(for: .milliseconds(20)) }
        guard !service.store.isReplaced else { throw VolumeError.replaced }
        do {
            try await service.endReports(by: label)
        } catch {
            tell(.failed(error.message))
        }
        return running == 0
    }

    private var running: Int { state.withLock(\.running.count) }

    private func report() async {
        while true {
            do {
                try await Task.sleep(for: options.reportInterval)
            } catch {
                return
            }
            do {
                try await service.reportPools(by: label, refusing: refusals())
            } catch {
                if !Task.isCancelled { tell(.failed(error.message)) }
            }
        }
    }

    /// The flows that could not be carried on lately. One that has gone elsewhere is forgotten after a while.
    private func refusals() -> [FlowRefusal] {
        state.withLock { state in
            state.refused = state.refused.filter { .now - $0.value.time < Self.refusal * 2 }
            return state.refused.map { FlowRefusal(flow: $0.key, reason: $0.value.reason) }
                .sorted { $0.flow.description < $1.flow.description }
        }
    }

    /// Starts flows that wait, as many as the limits allow. Those that can't be carried on don't hold others up.
    private func takeUp() async throws {
        let limit = 2 * options.flowsPerPool + state.withLock(\.refused.count)
        for flow in try await service.queue(limit: limit) where begin(flow) {
            Task { await run(flow) }
        }
    }

    /// Notes that a flow is run, unless it is running, there are too many of its place, it can't be carried on, or the worker was
    /// told to stop: then it is one that this worker has handed back.
    private func begin(_ flow: FlowDetail) -> Bool {
        guard !order.isOrdered else { return false }
        let place = flow.place?.name ?? ""
        return state.withLock { state in
            if let refusal = state.refused[flow.id], .now - refusal.time < Self.refusal { return false }
            guard state.running[flow.id] == nil,
                state.running.values.count(where: { $0 == place }) < options.flowsPerPool
            else { return false }
            state.running[flow.id] = place
            return true
        }
    }

    /// Whether a flow was not carried on because the database was out of reach or busy, or others have taken the flow over, and
    /// not for a reason in the flow.
    private static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case is ClaimLost: true
        case let error as SQLError:
            [.busy, .outOfTime, .connectionLost, .outcomeUnknown, .leaseLost].contains(error.code)
        default: false
        }
    }

    private func run(_ flow: FlowDetail) async {
        var reason: String?
        do {
            let recovery = try await service.recover(flow, isQueued: true, until: order) { [tell] in
                tell(.took($0, interruptedStep: $1))
            }
            if let recovery {
                if recovery.state == nil { reason = recovery.problem ?? "it is left for later" }
                tell(.settled(recovery))
            }
        } catch {
            let message = VolumeError(translating: error).message
            // With the database, the flow is there again, too.
            if !Self.isPassing(error) { reason = message }
            tell(.failed("flow \(flow.id): \(message)"))
        }
        state.withLock { state in
            state.running[flow.id] = nil
            state.refused[flow.id] = reason.map { (.now, $0) }
        }
    }
}

extension VolumeError {
    fileprivate static var replaced: VolumeError {
        VolumeError(
            .storeUnavailable,
            "the worker can't go on",
            cause: "it was out of reach for too long, and others have taken over what it held",
            remedies: [.advice("start volumed again"), .listHosts]
        )
    }
}
