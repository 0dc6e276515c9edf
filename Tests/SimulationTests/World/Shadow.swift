@testable import TaskFlow

/// A run that is rebuilt from its journal, entry by entry.
struct Shadow {
    private(set) var run: FlowRun
    private(set) var count = 0
    /// The number of resets.
    private(set) var life = 0
    private let numbers: [String: Int]

    init(recipe: Recipe, detail: FlowDetail, clock: ModelClock) throws {
        run = try FlowRun(recipe: recipe, detail: detail, options: EngineOptions(), now: { clock.now })
        numbers = Dictionary(uniqueKeysWithValues: zip(recipe.steps, 0...))
    }

    /// Applies the next entry.
    mutating func feed(_ entry: JournalEntry) throws {
        try run.replay(entry, numbers)
        (run.changes, run.unsaved) = ([], [])
        count += 1
        if entry.isReset { life += 1 }
    }

    func state(of atom: Int) -> AtomState { run.machine.atoms[atom] }

    func number(of step: String) -> Int? { numbers[step] }

    func execution(of atom: Int) -> Backend.Execution {
        let context = run.context(of: atom, isRepetition: false)
        return Backend.Execution(flow: context.flow, life: life, step: context.atom, attempts: context.attempts)
    }
}

extension FlowRun {
    /// The first difference between this run and its journal; `nil` if there is none.
    ///
    /// A journal has no entries of pure steps before they end, and none of failures before the decision about them.
    func difference(from shadow: Shadow) -> String? {
        let (told, undecided) = (shadow.run, machine.unresolvedFailures)
        var isBehind = false
        for atom in recipe.atoms.indices where machine.atoms[atom] != told.machine.atoms[atom] {
            let (live, old) = (machine.atoms[atom], told.machine.atoms[atom])
            let isUntold =
                live == .running && recipe.atoms[atom].atom.effect == .pure
                || live == .failure && undecided.contains(atom)
            guard isUntold, [.pending, .retrying, .running].contains(old) else {
                return "'\(recipe.steps[atom])' is \(live.rawValue), and \(old.rawValue) in the journal"
            }
            isBehind = true
        }
        for atom in recipe.atoms.indices {
            for slot in recipe.atoms[atom].outputs where values[slot] as? Int != told.values[slot] as? Int {
                return "'\(recipe.steps[atom])' gave \(values[slot] ?? "nothing"), in the journal "
                    + "\(told.values[slot] ?? "nothing")"
            }
        }
        for atom in recipe.atoms.indices where !undecided.contains(atom) && failures[atom] != told.failures[atom] {
            return
                "the failure of '\(recipe.steps[atom])' is \(failures[atom].map { "\($0)" } ?? "none"), in the journal "
                + "\(told.failures[atom].map { "\($0)" } ?? "none")"
        }
        if revertFailures != told.revertFailures {
            return "\(revertFailures) failed to revert, not \(told.revertFailures)"
        }
        for (retry, history) in histories where !history.isSame(as: told.histories[retry] ?? []) {
            return
                "the history of '\(recipe.steps[retry])' is \(history), in the journal \(told.histories[retry] ?? [])"
        }
        if Set(histories.keys) != Set(told.histories.keys) { return "the retries with a history differ" }
        if !isBehind, limitStarts != told.limitStarts {
            return "time limits started at \(limitStarts), in the journal at \(told.limitStarts)"
        }
        return nil
    }
}

extension [PastAttempt] {
    fileprivate func isSame(as other: Self) -> Bool {
        count == other.count
            && zip(self, other)
                .allSatisfy { one, two in
                    one.failures == two.failures && one.values.count == two.values.count
                        && zip(one.values, two.values).allSatisfy { $0 as? Int == $1 as? Int }
                }
    }
}
