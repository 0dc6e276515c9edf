internal import DequeModule

extension FlowRun {
    /// Replaces the run by its current stored state, and keeps the errors that were thrown in this process.
    mutating func reload(_ detail: FlowDetail, _ journal: [JournalEntry]) throws {
        var run = try FlowRun(recipe: recipe, detail: detail, journal: journal, options: options, now: now)
        for (atom, error) in errors {
            let failure = failures[atom] ?? revertFailures[atom]
            if failure != nil, failure == run.failures[atom] ?? run.revertFailures[atom] { run.errors[atom] = error }
        }
        run.audience = audience
        self = run
    }

    mutating func replay(_ entry: JournalEntry, _ numbers: [String: Int]) throws {
        guard !entry.isReset else { return reset() }
        guard let atom = numbers[entry.atom] else {
            throw RecipeMismatch(
                flow: detail.id,
                stored: "a step '\(entry.atom)'",
                offered: "none of that name",
                remedy: rewritten == nil ? nil : "let the upgrade rename or drop it"
            )
        }
        if entry.state == .retrying {
            try restart(atom)
            return retriedAt[atom] = entry.at
        }
        if entry.state == .ignore { return try machine.move(atom, to: .ignore) }
        if entry.state == .pending { return try replayWaiting(atom) }
        waiting.remove(atom)
        let started: AtomState = [.running, .success, .failure].contains(entry.state) ? .running : .reverting
        if machine.atoms[atom] == .revertFailure { machine.retryReverts() }
        // The journal holds a failure twice if another process resolved it than the one that stored it.
        if entry.state != .failure || machine.atoms[atom] != .failure {
            if machine.atoms[atom] != started { try machine.move(atom, to: started) }
            if entry.state != started { try machine.move(atom, to: entry.state) }
        }
        startedAt[atom] = entry.startedAt
        progress[atom] = entry.progress
        if started == .running { startLimits(around: atom, at: entry.startedAt) }
        switch entry.state {
        case .success:
            try give(recipe.atoms[atom].atom.restore(entry.output ?? "{}"), of: atom)
        case .failure:
            failures[atom] = entry.failure
            if let failure = entry.failure, let resolution = entry.resolution {
                resolve(atom, failure, as: resolution)
            }
        case .revertFailure:
            revertFailures[atom] = entry.failure
        case .reverting:
            revertFailures[atom] = nil
        case .reverted:
            revertFailures[atom] = nil
            forgetOutput(of: atom)
        default:
            break
        }
    }

    mutating func takeUpInterrupted() throws {
        for atom in machine.inFlight {
            let hasRun = !waiting.contains(atom)
            if machine.isGivenUp(atom) && machine.atoms[atom] == .running {
                if hasRun {
                    try failed(atom, with: Interrupted())
                } else {
                    note(atom, as: .pending)
                    try takeBack(atom)
                }
            } else if let place = foreignPlace(of: atom) {
                foreign[atom] = place
                elsewhere.insert(atom)
            } else {
                startedAt[atom] = now()
                launched.append((atom, hasRun))
                note(atom)
                // Stored before the step runs: if the process dies then, the step must not pass for one that only
                // waited.
                if !hasRun { owesCommit = true }
            }
        }
        waiting = []
    }

    /// Records the steps that have been started durably but not performed when the flow is suspended, with a `PENDING`
    /// entry each. A second such entry records that the step will not be performed, because its flow is being reverted.
    mutating func noteWaiting() {
        for (atom, isRepetition) in launched where !isRepetition {
            let isDurable = machine.atoms[atom] == .reverting || recipe.atoms[atom].atom.effect == .external
            if isDurable { note(atom, as: .pending) }
        }
    }

    private mutating func replayWaiting(_ atom: Int) throws {
        if !waiting.insert(atom).inserted { try takeBack(atom) }
    }

    private mutating func takeBack(_ atom: Int) throws {
        try machine.takeBack(atom)
        waiting.remove(atom)
        startedAt[atom] = nil
    }
}
