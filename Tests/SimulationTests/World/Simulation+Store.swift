@testable import TaskFlow

extension Simulation {
    func canCommit(_ worker: Int, _ run: Int) -> Bool {
        guard let runner = runner(worker, run), runner.phase == .committing else { return false }
        return store.group.map { $0.worker == worker } ?? true
    }

    func commit(_ worker: Int, _ run: Int, _ salt: UInt64?) throws -> Bool {
        guard canCommit(worker, run), let runner = runner(worker, run) else { return false }
        let flow = flows[run]
        let holder = ModelStore.Holder(worker: worker, incarnation: workers[worker].incarnation)
        let transaction = ModelTransaction(store, flow: flow, holder: holder, salt: salt)
        let isInsertion = !runner.isStored
        backend.enter(places?[worker])
        do {
            try runner.body(in: transaction)
        } catch let error {
            switch error {
            case is ModelStoreDown: break
            case is FlowExists where isInsertion: break
            case is ClaimLost where store.durable[flow]?.detail.epoch != runner.epoch: break
            default: throw Violation(.noError, "a commit threw \(error)")
            }
            release(runner.fail())
            return true
        }
        let result = transaction.result
        if let stored = result[flow], stored.detail.epoch != runner.epoch || stored.holder != holder {
            throw Violation(
                .oneEpochWrites,
                "w\(worker) wrote with epoch \(runner.epoch), when it was \(stored.detail.epoch)"
            )
        }
        if !runner.isReset, let stored = result[flow] {
            try checkPlaces(of: stored.journal.dropFirst(runner.shadow.count), by: runner)
            try runner.follow(stored.journal.dropFirst(runner.shadow.count))
            try runner.check()
        }
        runner.phase = .flushing
        var group = store.group ?? ModelStore.Group(worker: worker, runs: result)
        group.runs = result
        group.members.append(runner)
        store.group = group
        return true
    }

    func flush(_ flush: Event.Flush) throws -> Bool {
        guard let group = store.group else { return false }
        store.group = nil
        let isForgotten = store.defect == .forgets && events.count % 7 == 0
        if flush != .lost, !isForgotten { store.durable = group.runs }
        for runner in group.members {
            if flush != .lost { try follow(runner) }
            guard workers[group.worker].runners.contains(where: { $0 === runner }) else { continue }
            guard flush == .durable else {
                // A worker that gets an error does not hold the claim of the transaction.
                if !runner.isStored { store.release(Claim(flow: runner.flow.detail.id, epoch: 1)) }
                release(runner.fail())
                continue
            }
            runner.phase = .flushed
            if workers[group.worker].pausedAt == nil { try hear(runner) }
        }
        return true
    }

    /// Tells the runner that its transaction is durable.
    func hear(_ runner: Runner) throws {
        let wasReset = runner.isReset
        do {
            release(try runner.committed())
        } catch let violation as Violation {
            throw violation
        } catch {
            throw Violation(.noError, "going on threw \(error)")
        }
        if !wasReset { try runner.check() }
        try look(at: runner)
    }

    /// Applies the durable entries of a run.
    func follow(_ runner: Runner) throws {
        let flow = runner.flow.detail.id
        guard let stored = store.durable[flow] else { return }
        var shadow = try shadows[flow] ?? Shadow(recipe: recipe, detail: stored.detail, clock: clock)
        for entry in stored.journal.dropFirst(shadow.count) {
            try shadow.feed(entry)
            guard let atom = shadow.number(of: entry.atom), recipe.atoms[atom].atom.effect == .external else {
                continue
            }
            switch entry.state {
            case .success, .failure: outcomes.insert(shadow.execution(of: atom))
            case .reverted: reverts.insert(shadow.execution(of: atom))
            default: break
            }
        }
        shadows[flow] = shadow
        try checkDurable(stored, shadow)
    }
}
