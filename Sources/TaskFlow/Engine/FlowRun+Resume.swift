extension FlowRun {
    /// Goes on from what is stored by now, and keeps the errors that were thrown here.
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
        if entry.state == .retrying { return try restart(atom) }
        if entry.state == .ignore { return try machine.move(atom, to: .ignore) }
        let started: AtomState = [.running, .success, .failure].contains(entry.state) ? .running : .reverting
        if machine.atoms[atom] == .revertFailure { machine.retryReverts() }
        // A failure stands there twice if it was resolved by a later process than the one that stored it.
        if entry.state != .failure || machine.atoms[atom] != .failure {
            if machine.atoms[atom] != started { try machine.move(atom, to: started) }
            if entry.state != started { try machine.move(atom, to: entry.state) }
        }
        startedAt[atom] = entry.startedAt
        progress[atom] = entry.progress
        if started == .running { startLimits(around: atom, at: entry.startedAt) }
        switch entry.state {
        case .success:
            give(try recipe.atoms[atom].atom.restore(entry.output ?? "{}"), of: atom)
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
            if machine.isGivenUp(atom) && machine.atoms[atom] == .running {
                try failed(atom, with: Interrupted())
            } else {
                startedAt[atom] = now()
                launched.append((atom, true))
                note(atom)
            }
        }
    }
}
