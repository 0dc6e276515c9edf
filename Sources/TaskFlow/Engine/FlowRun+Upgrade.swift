internal import FoundationEssentials

/// A stored run in the form in which a recipe can carry it on.
struct FittedRun {
    var detail: FlowDetail
    var journal: [JournalEntry]
    /// Whether it is no longer what is stored.
    var isUpgraded = false
    /// For each step that has been renamed, its name when the run began.
    var formerNames: [String: String] = [:]
}

extension Recipe {
    /// Compares a run with the recipe, and upgrades it where it is older.
    ///
    /// - Throws: ``RecipeMismatch``.
    func fit(_ detail: FlowDetail, _ journal: [JournalEntry], at time: Date) throws(RecipeMismatch) -> FittedRun {
        guard detail.name == name, detail.version <= version else {
            throw mismatch(
                detail,
                remedy: detail.name == name ? "carry it on with the newer program that started it" : nil
            )
        }
        if detail.version < version { return try upgrade(detail, journal, storedShape(detail), at: time) }
        // As a rule the texts are the same, and neither is read.
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

    /// The shape of the run; `nil` if it isn't known.
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

    /// The recipe's own shape, which also knows what its steps were called: the operations that a step has begun under its
    /// former name are repeated under that.
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
                remedy: "'\(heir.name)' has the name that another step began with: give it one of its own"
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
    /// Why a stored run can't be carried on with this recipe; `nil` if it can, as far as that can be told without its claim.
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
    /// Lets all that has happened happen again in memory.
    ///
    /// - Throws: ``RecipeMismatch`` when it can't have happened to this recipe.
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
                    offered: "one that can't have: \(error)"
                )
            }
        }
        if rewritten != nil { try refuseToSkip() }
    }

    /// Makes what is stored what the run has become; before anything else that is stored.
    func storeUpgrade(in transaction: some FlowTransaction) throws {
        if let rewritten { try transaction.rewrite(detail, journal: rewritten) }
    }

    /// The flow is reverted because of a step that an upgrade has dropped.
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

    /// A new step that something after it hasn't waited for could not be reverted in its turn.
    private func refuseToSkip() throws(RecipeMismatch) {
        for atom in machine.atoms.indices where machine.atoms[atom] == .pending {
            guard let later = atoms(after: atom).first(where: { machine.atoms[$0].stands }) else { continue }
            throw RecipeMismatch(
                flow: detail.id,
                stored: "a step '\(recipe.steps[later])' that has run",
                offered: "a new step '\(recipe.steps[atom])' before it",
                remedy: "let the upgrade complete '\(recipe.steps[atom])', or put it behind all that may have run"
            )
        }
    }

    /// The atoms that wait for `node`, seen through gates.
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
    /// Whether an atom that has come so far has an effect that is not undone.
    fileprivate var stands: Bool {
        switch self {
        case .running, .success, .failure, .reverting, .revertFailure, .retrying: true
        case .pending, .reverted, .ignore: false
        }
    }
}
