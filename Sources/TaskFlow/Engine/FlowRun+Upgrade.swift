internal import FoundationEssentials

/// A stored run, upgraded to the version of a recipe.
struct FittedRun {
    var detail: FlowDetail
    var journal: [JournalEntry]
    /// Whether the run differs from its stored form.
    var isUpgraded = false
    /// For each step that has been renamed, its name when the run began.
    var formerNames: [String: String] = [:]
}

extension Recipe {
    /// Compares a run with the recipe, and upgrades a run of an older version.
    ///
    /// - Throws: ``RecipeMismatch`` if the recipe can't continue the run.
    func fit(_ detail: FlowDetail, _ journal: [JournalEntry], at time: Date) throws(RecipeMismatch) -> FittedRun {
        guard detail.name == name, detail.version <= version else {
            throw mismatch(
                detail,
                remedy: detail.name == name ? "continue it with the newer program that started it" : nil
            )
        }
        if detail.version < version { return try upgrade(detail, journal, storedShape(detail), at: time) }
        // The texts are usually equal, and then neither has to be parsed.
        guard detail.shape != shape, let stored = try storedShape(detail) else {
            return FittedRun(detail: detail, journal: journal)
        }
        let differences = (try? shape.shape())?.differences(from: stored) ?? []
        guard differences.isEmpty else {
            throw RecipeMismatch(
                flow: detail.id,
                stored: "'\(name)' version \(version)",
                offered: "another flow under that version",
                differences: differences,
                remedy: "raise the flow's version, and give it an upgrade from version \(version)"
            )
        }
        return FittedRun(detail: detail, journal: journal, formerNames: stored.formerNames)
    }

    /// The recorded shape of the run; `nil` if it was stored without one.
    private func storedShape(_ detail: FlowDetail) throws(RecipeMismatch) -> FlowShape? {
        guard let recorded = detail.shape else { return nil }
        do {
            return try recorded.shape()
        } catch {
            throw RecipeMismatch(
                flow: detail.id,
                stored: "a recipe whose stored shape can't be read (\(error))",
                offered: "'\(name)' version \(version)"
            )
        }
    }

    private func upgrade(
        _ detail: FlowDetail,
        _ journal: [JournalEntry],
        _ stored: FlowShape?,
        at time: Date
    ) throws(RecipeMismatch) -> FittedRun {
        var run = StoredRun(request: detail.request, journal: journal, shape: stored, time: time)
        var reached = detail.version
        while reached < version {
            guard let upgrade = upgrades.first(where: { $0.from == reached }) else {
                let differences = stored.flatMap { old in (try? shape.shape())?.differences(from: old) } ?? []
                throw mismatch(detail, differences, remedy: "give the flow an upgrade from version \(reached)")
            }
            do {
                try upgrade.apply(&run)
            } catch {
                throw mismatch(detail, remedy: "its upgrade from version \(reached) failed: \(error)")
            }
            if let problem = run.problems.first {
                throw mismatch(detail, remedy: "its upgrade from version \(reached) \(problem)")
            }
            reached = upgrade.to
        }
        var upgraded = detail
        (upgraded.version, upgraded.request) = (version, run.request)
        upgraded.shape = try shape(with: run.formerNames, detail)
        return FittedRun(detail: upgraded, journal: run.journal, isUpgraded: true, formerNames: run.formerNames)
    }

    /// The recipe's shape with the former names of renamed steps: an operation that a step has begun under its former
    /// name is repeated under that name.
    private func shape(
        with formerNames: [String: String],
        _ detail: FlowDetail
    ) throws(RecipeMismatch) -> RecordedShape {
        guard !formerNames.isEmpty, var shape = try? shape.shape() else { return shape }
        for index in shape.atoms.indices { shape.atoms[index].formerName = formerNames[shape.atoms[index].name] }
        let taken = Set(shape.atoms.compactMap(\.formerName))
        if let heir = shape.atoms.first(where: { taken.contains($0.name) && $0.formerName == nil }) {
            throw mismatch(
                detail,
                remedy: "another step was named '\(heir.name)' when the run began: give this one another name"
            )
        }
        return RecordedShape(shape)
    }

    private func mismatch(
        _ detail: FlowDetail,
        _ differences: [ShapeDifference] = [],
        remedy: String?
    ) -> RecipeMismatch {
        RecipeMismatch(
            flow: detail.id,
            stored: "'\(detail.name)' version \(detail.version)",
            offered: "'\(name)' version \(version)",
            differences: differences,
            remedy: remedy
        )
    }
}

extension Recipe {
    /// Returns the reason why this recipe can't continue a stored run; `nil` if it can, as far as that is known without
    /// a claim.
    package func mismatch(with detail: FlowDetail, _ journal: [JournalEntry]) -> RecipeMismatch? {
        do {
            _ = try FlowRun(recipe: self, detail: detail, journal: journal, options: EngineOptions(), now: { Date() })
            return nil
        } catch {
            return error as? RecipeMismatch
        }
    }
}

extension FlowShape {
    fileprivate var formerNames: [String: String] {
        Dictionary(
            atoms.compactMap { atom in atom.formerName.map { (atom.name, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
    }
}

extension FlowRun {
    /// Replays the journal in memory.
    ///
    /// - Throws: ``RecipeMismatch`` when the journal can't be one of this recipe.
    mutating func replay(_ journal: [JournalEntry]) throws(RecipeMismatch) {
        let numbers = Dictionary(uniqueKeysWithValues: zip(recipe.steps, 0...))
        for entry in journal {
            do {
                if !entry.isReset, numbers[entry.atom] == nil, detail.shape != nil, entry.hasGivenUpFlow {
                    giveUp(because: entry, numbers)
                } else {
                    try replay(entry, numbers)
                }
            } catch let error as RecipeMismatch {
                throw error
            } catch {
                throw RecipeMismatch(
                    flow: detail.id,
                    stored: "a step '\(entry.atom)' that came to \(entry.state.rawValue)"
                        + (entry.output.map { " with \($0)" } ?? ""),
                    offered: "a step that can't have done that: \(error)"
                )
            }
        }
        if rewritten != nil { try refuseToSkip() }
    }

    /// Stores the upgraded run, if it was upgraded. Must come before any other write.
    func storeUpgrade(in transaction: some FlowTransaction) throws {
        if let rewritten { try transaction.rewrite(detail, journal: rewritten) }
    }

    /// Reverts the flow because of the failure of a step that an upgrade has dropped.
    private mutating func giveUp(because entry: JournalEntry, _ numbers: [String: Int]) {
        if let failure = entry.failure { departed.append(failure) }
        if let resolution = entry.resolution, resolution.decision == .revert,
            let retry = resolution.retry.flatMap({ numbers[$0] })
        {
            machine.resolve(nil, by: .revert(retry))
        } else {
            machine.resolve(nil, by: .revertAll)
        }
    }

    /// Refuses a new step before steps that have run, as it couldn't be reverted in order.
    private func refuseToSkip() throws(RecipeMismatch) {
        for atom in machine.atoms.indices where machine.atoms[atom] == .pending {
            guard let later = atoms(after: atom).first(where: { machine.atoms[$0].stands }) else { continue }
            throw RecipeMismatch(
                flow: detail.id,
                stored: "a step '\(recipe.steps[later])' that has run",
                offered: "a new step '\(recipe.steps[atom])' before it",
                remedy:
                    "let the upgrade complete '\(recipe.steps[atom])', or place it after all steps that may have run"
            )
        }
    }

    /// The atoms that wait for `node`, directly or through gates.
    private func atoms(after node: Int) -> [Int] {
        var (found, open, seen) = ([Int](), [node], Set<Int>())
        while let next = open.popLast() {
            for successor in recipe.graph.successors[next] where seen.insert(successor).inserted {
                if recipe.graph.isGate(successor) { open.append(successor) } else { found.append(successor) }
            }
        }
        return found
    }
}

extension AtomState {
    /// Whether an atom in this state may have effects that have not been undone.
    fileprivate var stands: Bool {
        switch self {
        case .running, .success, .failure, .reverting, .revertFailure, .retrying: true
        case .pending, .reverted, .ignore: false
        }
    }
}
