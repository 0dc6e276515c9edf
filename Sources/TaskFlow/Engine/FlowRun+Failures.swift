extension FlowRun {
    typealias Failed = (failure: Failure, error: (any Error)?)

    /// The failures that have not been resolved, each with the error if it was thrown in this process: those of retries
    /// first, then the others in the order of the steps.
    var failed: [Failed] {
        controllerFailures + departed.map { ($0, nil) }
            + Set(failures.keys).union(revertFailures.keys).sorted()
            .flatMap { atom in
                [isRetry(atom) ? nil : failures[atom], revertFailures[atom]].compactMap { $0 }
                    .map { ($0, errors[atom]) }
            }
    }

    /// The failures of executions, in the same order.
    var executionFailures: [Failure] {
        controllerFailures.map(\.failure) + departed
            + failures.sorted { $0.key < $1.key }.filter { !isRetry($0.key) }.map(\.value)
    }

    /// The failures of retries: what each threw and, if it failed to begin another attempt, the failures of the last
    /// attempt.
    private var controllerFailures: [Failed] {
        Set(failures.keys).union(undecided.keys).filter(isRetry).sorted()
            .flatMap { retry -> [Failed] in
                let own = [(undecided[retry], nil), (failures[retry], errors[retry])]
                    .compactMap { failure, error in failure.map { ($0, error) } }
                guard failures[retry] != nil else { return own }
                let last = (histories[retry] ?? undone.histories[retry])?.last?.failures ?? [:]
                return own + last.sorted { $0.key < $1.key }.map { ($0.value, nil) }
            }
    }

    func isRetry(_ atom: Int) -> Bool { recipe.atoms[atom].atom.isRetry }
}
