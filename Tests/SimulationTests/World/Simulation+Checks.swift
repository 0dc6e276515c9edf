@testable import TaskFlow

extension Simulation {
    /// Whether no other worker has taken the run over from this runner.
    private func isCurrent(_ runner: Runner) -> Bool {
        guard let stored = store.durable[runner.flow.detail.id] else { return true }
        return stored.detail.epoch == runner.epoch
    }

    /// Checks the steps that have started.
    func look(at runner: Runner) throws {
        let began = runner.began
        runner.began = []
        guard isCurrent(runner), !runner.isReset else { return }
        for performance in began {
            try performance.call.context.isReverting
                ? checkRevert(performance, by: runner) : checkExecution(performance, by: runner)
        }
    }

    /// Checks that no step is recorded as started by a worker that doesn't serve its place.
    func checkPlaces(of entries: some Sequence<JournalEntry>, by runner: Runner) throws {
        for entry in entries where entry.state == .running || entry.state == .reverting {
            guard let atom = recipe.steps.firstIndex(of: entry.atom), let locate = recipe.atoms[atom].atom.place,
                let place = locate(runner.flow.inputs(of: atom)), !served(by: runner.worker).serve(place)
            else { continue }
            throw Violation(.place, "w\(runner.worker) started '\(entry.atom)', which runs at \(place)")
        }
    }

    private func checkExecution(_ performance: Runner.Performance, by runner: Runner) throws {
        let (atom, name) = (performance.atom, performance.call.context.atom)
        for before in relations.before[atom] where ![.success, .ignore].contains(runner.flow.machine.atoms[before]) {
            throw Violation(
                .durableStart,
                "'\(name)' runs and '\(recipe.steps[before])' before it is \(runner.flow.machine.atoms[before].rawValue)"
            )
        }
        guard recipe.atoms[atom].atom.effect == .external else { return }
        guard let durable = shadows[runner.flow.detail.id], durable.state(of: atom) == .running else {
            throw Violation(.durableStart, "'\(name)' runs, and that it starts is not durable")
        }
        let (live, stored) = (runner.flow.inputs(of: atom), durable.run.inputs(of: atom))
        guard live.map({ $0 as? Int }) == stored.map({ $0 as? Int }) else {
            throw Violation(.durableStart, "'\(name)' runs with \(live), and \(stored) is durable")
        }
        if outcomes.contains(durable.execution(of: atom)) {
            throw Violation(.onceOnly, "'\(name)' runs again, \(durable.execution(of: atom))")
        }
    }

    private func checkRevert(_ performance: Runner.Performance, by runner: Runner) throws {
        let (atom, name) = (performance.atom, performance.call.context.atom)
        let states = runner.flow.machine.atoms
        for after in relations.after[atom] where ![.pending, .reverted, .ignore].contains(states[after]) {
            throw Violation(
                .undoOrder,
                "'\(name)' is reverted and '\(recipe.steps[after])' after it is \(states[after].rawValue)"
            )
        }
        guard let durable = shadows[runner.flow.detail.id], durable.state(of: atom) == .reverting else {
            throw Violation(.durableStart, "'\(name)' is reverted, and that this starts is not durable")
        }
        if reverts.contains(durable.execution(of: atom)) {
            throw Violation(.onceOnly, "'\(name)' is reverted again, \(durable.execution(of: atom))")
        }
    }

    /// Compares the durable part of a run with the world.
    func checkDurable(_ stored: ModelStore.Stored, _ shadow: Shadow) throws {
        let standing = backend.standing(in: stored.detail.id, life: shadow.life)
        for atom in recipe.atoms.indices {
            let (name, state) = (recipe.steps[atom], shadow.state(of: atom))
            switch recipe.atoms[atom].atom.work {
            case .transactional(_, _, let revert):
                let rows = stored.rows.keys.filter { $0.step == name && $0.life == shadow.life }
                let expected = state == .success || state == .revertFailure ? 1 : 0
                guard revert == nil ? rows.count >= expected : rows.count == expected else {
                    throw Violation(.exactlyOnce, "'\(name)' is \(state.rawValue) and has written \(rows)")
                }
            case .asynchronous(_, .some):
                let effects = standing.filter { $0.step == name }
                let isGone = [.pending, .ignore, .reverted].contains(state)
                guard isGone ? effects.isEmpty : state != .success || effects == [shadow.execution(of: atom)] else {
                    throw Violation(.nothingLeft, "'\(name)' is \(state.rawValue) and there is \(effects)")
                }
            default: break
            }
        }
        if let place = stored.detail.place {
            guard stored.detail.state == .suspended, stored.job == place else {
                let job = stored.job?.name ?? "nowhere"
                throw Violation(
                    .place,
                    "the run is \(stored.detail.state.rawValue) and waits for \(place), its job for \(job)"
                )
            }
        }
        guard stored.detail.state.isFinished else { return }
        try checkEnd(stored, shadow)
    }

    private func checkEnd(_ stored: ModelStore.Stored, _ shadow: Shadow) throws {
        let state = stored.detail.state
        guard stored.conclusion == state else {
            throw Violation(
                .exactlyOnce,
                "the run is \(state.rawValue), concluded as \(stored.conclusion?.rawValue ?? "nothing")"
            )
        }
        let states = recipe.atoms.indices.map(shadow.state)
        switch state {
        case .success:
            for atom in states.indices where ![.success, .ignore].contains(states[atom]) {
                throw Violation(
                    .nothingLeft,
                    "the run succeeded and '\(recipe.steps[atom])' is \(states[atom].rawValue)"
                )
            }
        case .reverted:
            try checkReverted(stored, states)
        case .failure:
            let isStuck = states.contains { $0 == .failure || $0 == .revertFailure }
            if !isStuck { throw Violation(.liveness, "the run failed, and nothing in it did") }
        default: break
        }
    }

    /// Checks that the effects of all steps that a decision has reverted are gone; without a decision, those of all
    /// steps.
    private func checkReverted(_ stored: ModelStore.Stored, _ states: [AtomState]) throws {
        var given: [Resolution] = []
        for entry in stored.journal {
            if entry.isReset { given = [] }
            if let resolution = entry.resolution, resolution.decision != .retry { given.append(resolution) }
        }
        if given.isEmpty { throw Violation(.nothingLeft, "the run was reverted, and nobody decided so") }
        for resolution in given {
            let isAll = resolution.decision == .revertAll
            let retry = resolution.retry.flatMap { recipe.steps.firstIndex(of: $0) }
            let atoms = isAll ? Array(recipe.steps.indices) : retry.map { recipe.graph.scope(of: $0) + [$0] } ?? []
            for atom in atoms where !recipe.graph.isGate(atom) {
                guard ![.pending, .reverted, .ignore].contains(states[atom]) else { continue }
                throw Violation(
                    .nothingLeft,
                    "the run was reverted by \(resolution), and '\(recipe.steps[atom])' is \(states[atom].rawValue)"
                )
            }
        }
    }
}
