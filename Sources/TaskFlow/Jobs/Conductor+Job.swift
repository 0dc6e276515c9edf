internal import FoundationEssentials
internal import Identity

extension Conductor {
    /// The outcome of a job.
    private enum End: Sendable {
        case consumed(FlowState)
        case abandoned(FlowState?, reason: String)
        case handedOver(Place)
        case trashed(reason: String)
        case lost(reason: String)
    }

    /// Runs the flow of a job that has been claimed.
    func work(on job: Job, _ keeper: LeaseKeeper<Board>) async {
        tell(.jobClaimed, job)
        let end: End
        do {
            end = .consumed(try await keeper.keeping { try await self.run(job, keeper) })
        } catch {
            end = self.end(after: error)
        }
        do {
            try await conclude(job, keeper.lease, end)
        } catch let error as LeaseLost {
            tell(.jobLost, job, reason: "\(error)")
        } catch {
            // The next conductor claims the job when its lease has expired, and resumes the run from its stored state.
            log("job '\(job.name)' is left until its lease has run out", error)
            leave(job.id)
        }
    }

    private func run(_ job: Job, _ keeper: LeaseKeeper<Board>) async throws -> FlowState {
        let store = LeasedStore(store, keeper)
        let details = job.details
        tell(.compilationStart, job)
        let flow = try flows.flow(named: details.flow, version: details.version)
        tell(.compilationEnd, job)
        tell(.preparationStart, job)
        guard let stored = try await store.load(details.run)?.detail else {
            let engine: Engine<LeasedStore<Store, Board>>
            do {
                engine = try flow.engine(
                    request: details.request,
                    id: details.run,
                    subject: details.subject,
                    scope: details.scope,
                    in: store,
                    options: options.engine
                )
            } catch {
                throw Unbuildable(cause: error)
            }
            return try await run(engine, job)
        }
        // An earlier conductor finished the run and died before it could consume the job, or the run was finished without
        // the job that carries it.
        if stored.state.isFinished, stored.lease?.job == job.id || job.id == .carrying(details.run) {
            return stored.state
        }
        if let place = stored.place, !options.places.serve(place) {
            guard let handOver = options.engine.handOver else { throw Unfinished(state: stored.state) }
            try await store.transact(reaching: .run) { try handOver.move(keeper.lease, place, $0) }
            throw HandedOver(place: place)
        }
        let recipe = flow.recipe
        let engine = try await Engine(resuming: details.run, with: recipe, in: store, options: options.engine)
        return try await run(engine, job)
    }

    private func run(_ engine: Engine<LeasedStore<Store, Board>>, _ job: Job) async throws -> FlowState {
        tell(.preparationEnd, job)
        for listener in listeners(job) { engine.listen(with: listener) }
        // `stop()` may have been called before the flow began, when there was nothing to suspend.
        engine.notifier.register([.running]) { [weak engine] _ in if self.isStopping { engine?.suspend() } }
        tell(.runningStart, job)
        let state: FlowState
        do {
            state = try await stoppable(job.id, by: { engine.suspend() }) { try await engine.advance() }
        } catch is CancellationError {
            state = engine.state
        }
        tell(.runningEnd, job, state: state)
        if let place = engine.place, options.engine.handOver != nil { throw HandedOver(place: place) }
        guard state.isFinished else { throw Unfinished(state: state) }
        return state
    }

    private func conclude(_ job: Job, _ lease: Lease, _ end: End) async throws {
        switch end {
        case .consumed(let state):
            try await board.consume(lease)
            tell(.jobConsumed, job, state: state)
        case .abandoned(let state, let reason):
            leave(job.id)
            try await board.abandon(lease)
            tell(.jobAbandoned, job, state: state, reason: reason)
        case .handedOver(let place):
            tell(.jobHandedOver, job, state: .suspended, reason: "its flow waits for the place '\(place)'")
        case .trashed(let reason):
            try await board.trash(lease, because: reason)
            tell(.jobTrashed, job, reason: reason)
        case .lost(let reason):
            tell(.jobLost, job, reason: reason)
        }
    }

    private func end(after error: any Error) -> End {
        switch error {
        case is UnknownFlow where options.leavesUnknownFlows, is RecipeMismatch where options.leavesUnknownFlows:
            .abandoned(nil, reason: "\(error)")
        case is LeaseLost: .lost(reason: "\(error)")
        case let error as Unbuildable: .trashed(reason: "\(error.cause)")
        case is UnknownFlow, is RecipeMismatch, is UnfitStore, is UnfitBoard, is InvalidTransition, is DecodingError:
            .trashed(reason: "\(error)")
        case let error as HandedOver: .handedOver(error.place)
        case let error as Unfinished: .abandoned(error.state, reason: "\(error)")
        default: .abandoned(nil, reason: "\(error)")
        }
    }
}

/// An engine for a job can't be created.
private struct Unbuildable: Error {
    let cause: any Error
}

/// A job has been moved to another place.
private struct HandedOver: Error {
    let place: Place
}

/// A flow came to rest before its end.
private struct Unfinished: Error, CustomStringConvertible {
    let state: FlowState

    var description: String { "its flow is \(state.rawValue)" }
}
