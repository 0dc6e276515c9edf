public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
internal import Threads
public import VolumeAPI

extension VolumeService {
    /// Runs a new flow and waits for it as `control` says.
    ///
    /// - Throws: ``VolumeError`` unless the flow succeeds, or has started and is not waited for.
    func run<Request>(
        _ deferred: DeferredOperation<Request>,
        _ request: Request,
        subject: String,
        control: RequestControl
    ) async throws(VolumeError) {
        let startable = try deferred.startable
        let operation = startable.operation
        try require(operation.rule, operation.headline(subject))
        do {
            try await SQLStore.$requester.withValue(scope.user) {
                try await start(startable, request, subject: subject, control: control)
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func start<Request>(
        _ startable: StartableOperation<Request>,
        _ request: Request,
        subject: String,
        control: RequestControl
    ) async throws {
        let operation = startable.operation
        let engine = audience.following(
            try Engine(
                startable.flow,
                request: request,
                id: control.flow,
                subject: subject,
                scope: project,
                in: store,
                options: engineOptions
            )
        )
        tell(.running(engine.id))
        let ended: Engine<SQLStore>
        if let worker, handsOver(control) {
            ended = try await begin(engine, operation, control)
            guard !ended.state.isFinished else { return try check(ended, operation, subject) }
            if ended.place == nil { try worker(engine.id) }
        } else {
            ended = try await carryOn(engine, operation)
            guard ended.place != nil else { return try check(ended, operation, subject) }
        }
        if let place = ended.place { await tellOfWait(for: place, ended.id) }
        if control.waits { try await waitOrCancel(engine.id, operation, control) }
    }

    /// Engines run only the steps whose places this host serves.
    private var engineOptions: EngineOptions { EngineOptions(places: registry.places) }

    /// Runs an unfinished flow as soon as no other process does, and returns when it has finished, whichever process
    /// ran it, or waits for a place that this host does not serve.
    ///
    /// - Throws: `notFound`; `conflict` when this program does not know the flow's operation.
    public func resume(_ flow: FlowID) async throws(VolumeError) {
        do {
            while true {
                let found = try await store.progress(of: flow).orMissing(flow)
                if found.detail.state.isFinished || !registry.places.serve(found.detail.place) { return }
                let operation = try catalog.operation(of: found.detail)
                do {
                    _ = try await carryOn(engine(resuming: flow, operation), operation)
                } catch is ClaimRefused {
                    let isAlone = try await waitForLeftPrograms() != nil
                    try await Task.sleep(for: isAlone ? Self.shortestPause : Self.longestPause)
                }
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Requests that a flow be reverted by the process that runs it. The request is durable.
    ///
    /// - Throws: `notFound`; `conflict` when the flow has finished or can no longer be reverted.
    public func requestCancel(_ flow: FlowID) async throws(VolumeError) {
        let (detail, _) = try await self.flow(flow)
        let show = Remedy.showFlow(flow)
        do {
            let point = try catalog.operation(of: detail).pointOfNoReturn
            switch try await store.requestCancel(flow, unlessStarted: point) {
            case .recorded: return
            case .unknown: throw VolumeError.noFlow(flow)
            case .finished(let state):
                throw VolumeError(
                    .conflict,
                    "flow \(flow) can't be cancelled",
                    cause: "it has finished: \(state.rawValue.lowercased())",
                    remedies: [show],
                    flow: flow
                )
            case .tooLate(let step):
                throw VolumeError(
                    .conflict,
                    "flow \(flow) can't be cancelled any more",
                    cause: "\(step) has begun, and its driver can't give back what it has removed",
                    aftermath: "the flow goes on to its end",
                    remedies: [.waitForFlow(flow), show],
                    flow: flow
                )
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Returns an engine that takes over a stored flow.
    func engine(resuming flow: FlowID, _ operation: Operation) async throws -> Engine<SQLStore> {
        let engine = audience.following(
            try await Engine(resuming: flow, with: operation.recipe, in: store, options: engineOptions)
        )
        if let rehearsal = SQLStore.rehearsal { throw rehearsal.ends(.resumes(flow)) }
        return engine
    }

    /// Runs an engine until its flow has finished, or goes on at a place that this host does not serve. Cancelling this task,
    /// or requesting a cancel from another process, reverts the flow if that is possible.
    ///
    /// - Parameter stop: lets the engine's flow come to rest after the steps that are running.
    /// - Returns: the engine that ran the flow last.
    func carryOn(
        _ engine: Engine<SQLStore>,
        _ operation: Operation,
        until stop: WorkerStop? = nil
    ) async throws -> Engine<SQLStore> {
        stop?.watch(engine)
        defer { stop?.forget(engine) }
        // An engine that does not run yet can't be told to come to rest.
        if stop?.isOrdered == true { return engine }
        // Not a child of the caller's task: it is cancelled only after the request to revert is durable.
        let work = Task(executorPreference: BlockingExecutor.shared) { try await engine.advance() }
        let watch = CancelWatch(of: engine.id, in: store) { work.cancel() }
        defer { watch.end() }
        do {
            let state = try await withTaskCancellationHandler {
                try await work.value
            } onCancel: { [store] in
                Task {
                    switch try? await store.requestCancel(engine.id, unlessStarted: operation.pointOfNoReturn) {
                    case .recorded, .unknown, nil: work.cancel()
                    case .finished, .tooLate: break
                    }
                }
            }
            guard state == .suspended, engine.place == nil, stop?.isOrdered != true else { return engine }
        } catch is CancellationError {}
        return try await goOn(engine, operation)
    }

    /// Continues a flow that was interrupted in order to be reverted.
    private func goOn(_ engine: Engine<SQLStore>, _ operation: Operation) async throws -> Engine<SQLStore> {
        // The flow may have been cancelled before it was stored.
        guard try await store.requestCancel(engine.id, unlessStarted: operation.pointOfNoReturn) != .unknown else {
            throw CancellationError()
        }
        let next = try await self.engine(resuming: engine.id, operation)
        _ = try await Task { try await next.advance() }.value
        return next
    }

    /// Runs a flow up to its driver step, and leaves it there, durable, for another process.
    ///
    /// - Throws: ``SQLError``: `outOfTime` when the flow could not be stored before the deadline.
    func begin(
        _ engine: Engine<SQLStore>,
        _ operation: Operation,
        _ control: RequestControl
    ) async throws -> Engine<SQLStore> {
        engine.atomNotifier.register([.running, .reverting], where: { $0.atom == operation.driverStep }) { _ in
            engine.suspend()
        }
        let work = SQLStore.$writeDeadline.withValue(control.deadline) { Task { try await engine.advance() } }
        let alarm = Task { [store] in
            guard let deadline = control.deadline else { return }
            try await Task.sleep(until: deadline, clock: .continuous)
            // Only a durable flow can be left to another process.
            while try await store.progress(of: engine.id) == nil { try await Task.sleep(for: Self.shortestPause) }
            work.cancel()
        }
        defer { alarm.cancel() }
        do {
            _ = try await withTaskCancellationHandler {
                try await work.value
            } onCancel: {
                work.cancel()
            }
        } catch is CancellationError {
        } catch let error as SQLError where error.code == .outOfTime {
            guard try await store.progress(of: engine.id)?.detail.state.isFinished == false else { throw error }
        }
        // The caller may have cancelled the request meanwhile.
        return Task.isCancelled && !engine.state.isFinished ? try await goOn(engine, operation) : engine
    }

    /// Waits for a flow of the caller's that another process runs.
    private func waitOrCancel(_ flow: FlowID, _ operation: Operation, _ control: RequestControl) async throws {
        let waiting = Task { try await wait(for: flow, control: control) }
        try await withTaskCancellationHandler {
            try await waiting.value
        } onCancel: {
            Task {
                let answer = try await store.requestCancel(flow, unlessStarted: operation.pointOfNoReturn)
                // A flow that waited for its place is reverted here as far as that is possible here.
                if answer == .recorded, registry.host != nil { try await resume(flow) }
            }
        }
    }

    private func check(_ engine: Engine<SQLStore>, _ operation: Operation, _ subject: String) throws {
        guard engine.state != .success else { return }
        throw failure(of: FinishedFlow(engine), headline: operation.headline(subject))
    }
}
