extension FlowRun {
    /// Resolves the failures of steps, and records each failure together with its resolution.
    mutating func resolveFailures() {
        guard machine.hasUnresolvedFailures, !options.neverResolves else { return }
        for atom in machine.unresolvedFailures {
            guard let failure = failures[atom] else { continue }
            settle(atom, failure: failure, resolution: resolve(atom, failure))
        }
    }

    /// Asks the retries around a failed atom, innermost first, about their flows, and applies their decision. If a
    /// retry throws instead of deciding, the whole run is reverted.
    ///
    /// - Parameter stored: a resolution that was stored before; it is applied without asking any retry.
    @discardableResult
    mutating func resolve(_ atom: Int, _ failure: Failure, as stored: Resolution? = nil) -> Resolution {
        var (failed, asked, givenUp) = (atom, recipe.atoms[atom].retry, Int?.none)
        let exceeded = limit(exceededBy: failure)
        while let retry = asked {
            guard machine.atoms[retry] != .ignore else {
                asked = recipe.atoms[retry].retry
                continue
            }
            let name = recipe.atoms[retry].atom.name
            remember(failure, of: failed, for: retry)
            let decided: Resolution
            if let stored {
                decided = stored.retry == name ? stored : Resolution(.revert, by: name)
            } else if let exceeded, recipe.atoms[retry].limits.contains(exceeded) {
                decided = Resolution(.revert, by: name)
            } else {
                decided = decision(of: retry)
            }
            undecided[retry] = decided.failure
            switch decided.decision {
            case .retry:
                machine.resolve(atom, by: .retry(retry))
                return decided
            case .revertAll:
                machine.resolve(atom, by: .revertAll)
                return decided
            case .revert:
                (failed, asked, givenUp) = (retry, recipe.atoms[retry].retry, retry)
            }
        }
        let revertsAll = stored.map { $0.decision == .revertAll } ?? options.defersReverts
        guard let givenUp, !revertsAll else {
            machine.resolve(atom, by: .revertAll)
            return Resolution(.revertAll, by: nil)
        }
        machine.resolve(atom, by: .revert(givenUp))
        return Resolution(.revert, by: recipe.atoms[givenUp].atom.name)
    }

    private func decision(of retry: Int) -> Resolution {
        let atom = recipe.atoms[retry].atom
        guard case .retry(_, _, let decide, _) = atom.work else { return Resolution(.revertAll, by: atom.name) }
        do {
            return Resolution(try decide(inputs(of: retry), histories[retry] ?? []), by: atom.name)
        } catch {
            return Resolution(.revertAll, by: atom.name, after: Failure(error, in: atom.name))
        }
    }

    mutating func remember(_ failure: Failure, of atom: Int, for retry: Int) {
        guard let last = histories[retry]?.indices.last else { return }
        let name = recipe.atoms[atom].atom.name
        histories[retry]?[last].failures[name] = failure
    }

    mutating func give(_ produced: [any Sendable], of atom: Int) throws {
        for (slot, value) in zip(recipe.atoms[atom].outputs, produced) { values[slot] = value }
        retriedAt[atom] = nil
        guard recipe.atoms[atom].atom.isRetry else { return }
        let output = try recipe.atoms[atom].atom.assemble(produced)
        histories[atom, default: []].append(PastAttempt(values: produced, output: output))
    }

    /// Removes the output of a reverted atom from the run's values, and keeps it in `undone`.
    mutating func forgetOutput(of atom: Int) {
        for slot in recipe.atoms[atom].outputs {
            if let value = values[slot] { undone.values[slot] = value }
            values[slot] = nil
        }
        if let history = histories.removeValue(forKey: atom) { undone.histories[atom] = history }
    }

    /// Returns the flow of `retry` to the state before its first step, and discards the failures in it.
    mutating func restart(_ retry: Int) throws {
        let scope = recipe.graph.scope(of: retry).filter { !recipe.graph.isGate($0) }
        let old = machine.atoms
        try move(retry, to: .retrying)
        retriedAt[retry] = nil
        for atom in scope {
            (failures[atom], undecided[atom], errors[atom], progress[atom]) = (nil, nil, nil, nil)
            forgetOutput(of: atom)
            for limit in recipe.atoms[atom].limits where !recipe.atoms[retry].limits.contains(limit) {
                limitStarts[limit] = nil
            }
            allowed.remove(atom)
        }
        for atom in scope where old[atom] != .pending { announce(atom, from: old[atom]) }
    }
}
