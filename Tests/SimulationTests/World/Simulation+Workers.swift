import Foundation

@testable import TaskFlow

extension Simulation {
    /// Whether no live worker holds the run.
    func isFree(_ run: Int) -> Bool {
        guard let holder = store.durable[flows[run]]?.holder, workers[holder.worker].incarnation == holder.incarnation
        else { return true }
        guard let since = workers[holder.worker].pausedAt else { return false }
        return clock.now.timeIntervalSince(since) >= Self.lease
    }

    func state(of run: Int) -> FlowState? { store.durable[flows[run]]?.detail.state }

    func canStart(_ worker: Int, _ run: Int, isReset: Bool) -> Bool {
        guard workers[worker].pausedAt == nil, !(workers[worker].runners[run]?.isAlive ?? false) else { return false }
        guard let state = state(of: run) else { return !isReset }
        guard store.group == nil, isFree(run) else { return false }
        return isReset ? state == .success || state == .reverted : state != .success && state != .reverted
    }

    func start(_ worker: Int, _ run: Int, _ options: Event.Options, isReset: Bool) throws -> Bool {
        guard canStart(worker, run, isReset: isReset) else { return false }
        let (flow, holder) = (
            flows[run], ModelStore.Holder(worker: worker, incarnation: workers[worker].incarnation)
        )
        let event = options
        let options = EngineOptions(
            parallelism: options.parallelism,
            defersReverts: options.defersReverts,
            neverResolves: options.neverResolves,
            places: served(by: worker),
            handOver: .model
        )
        let claim = store.claim(flow, by: holder)
        let live: FlowRun
        if claim != nil, let stored = store.durable[flow] {
            do {
                if let old = workers[worker].runners[run], old.phase == .rested, old.event == event {
                    var rested = old.flow
                    try rested.reload(stored.detail, stored.journal)
                    live = rested
                } else {
                    live = try FlowRun(
                        recipe: recipe,
                        detail: stored.detail,
                        journal: stored.journal,
                        options: options,
                        now: { [clock] in clock.now }
                    )
                }
            } catch {
                throw Violation(.replay, "a stored run can't be taken up: \(error)")
            }
        } else {
            let detail = FlowDetail(
                id: flow,
                name: recipe.name,
                version: recipe.version,
                subject: "",
                request: "{}",
                state: .pending,
                createdAt: clock.now,
                updatedAt: clock.now,
                shape: recipe.shape
            )
            live = try FlowRun(recipe: recipe, detail: detail, options: options, now: { [clock] in clock.now })
        }
        let runner = Runner(
            live,
            claim: claim,
            worker: worker,
            shadow: try shadows[flow] ?? Shadow(recipe: recipe, detail: live.detail, clock: clock),
            isReset: isReset,
            event: event,
            clock: clock
        )
        workers[worker].runners[run] = runner
        try runner.check()
        try runner.begin()
        try look(at: runner)
        return true
    }
}

// MARK: - Steps

extension Simulation {
    func finish(_ worker: Int, _ run: Int, _ step: Int, _ verdict: Backend.Verdict) throws -> Bool {
        guard let runner = runner(worker, run), !runner.performing.isEmpty else { return false }
        let performance = runner.performing.remove(at: step % runner.performing.count)
        let result = perform(performance, verdict, by: worker, life: runner.life)
        if runner.phase == .failing {
            release(runner.giveUp())
            return true
        }
        do {
            try runner.end(performance, result)
            if runner.phase == .waiting { try runner.drive() }
        } catch let violation as Violation {
            throw violation
        } catch {
            throw Violation(.noError, "the end of '\(performance.call.context.atom)' threw \(error)")
        }
        try runner.check()
        try look(at: runner)
        return true
    }

    func perform(
        _ performance: Runner.Performance,
        _ verdict: Backend.Verdict,
        by worker: Int,
        life: Int
    ) -> Result<Produced?, any Error> {
        let limit = performance.call.limit
        if let limit, limit.remaining <= .zero { return .failure(limit.error) }
        backend.prepare(verdict, life: life)
        backend.enter(places?[worker])
        let result: Result<Produced?, any Error> = immediately {
            try await TaskContext.$current.withValue(performance.call.context) {
                guard performance.call.context.isReverting else { return try await performance.call.execute() }
                try await performance.call.revert()
                return nil
            }
        }
        if let limit, case .failure = result,
            .seconds(clock.now.timeIntervalSince(performance.startedAt)) > limit.remaining
        {
            return .failure(limit.error)
        }
        return result
    }

    func kill(_ worker: Int, _ isDurable: Bool, _ effects: UInt64) throws -> Bool {
        let runners = workers[worker].runners.compactMap { $0 }.filter(\.isAlive)
        guard !runners.isEmpty else { return false }
        for runner in runners {
            for (number, performance) in runner.performing.enumerated() where effects >> UInt64(number % 64) & 1 == 1 {
                _ = perform(performance, .succeed, by: worker, life: runner.life)
            }
        }
        let incarnation = workers[worker].incarnation + 1
        workers[worker] = Worker(incarnation: incarnation, runners: workers[worker].runners.map { _ in nil })
        if store.group?.worker == worker { _ = try flush(isDurable ? .durable : .lost) }
        return true
    }

    func wake(_ worker: Int) throws -> Bool {
        guard workers[worker].pausedAt != nil else { return false }
        workers[worker].pausedAt = nil
        for case let runner? in workers[worker].runners where runner.phase == .flushed { try hear(runner) }
        return true
    }
}
