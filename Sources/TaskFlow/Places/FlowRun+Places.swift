extension FlowRun {
    /// The place at which `action` has to be performed; `nil` if it can be performed here.
    func foreignPlace(of action: FlowMachine.Action) -> (atom: Int, place: Place)? {
        guard options.places != .all else { return nil }
        switch action {
        case .execute(let atom): return foreignPlace(of: atom).map { (atom, $0) }
        case .revert(let atom) where recipe.atoms[atom].atom.hasRevert: return foreignPlace(of: atom).map { (atom, $0) }
        case .revert, .retry, .wait, .handOver, .finish: return nil
        }
    }

    /// The place at which `atom` is executed and reverted; `nil` if that is served here.
    func foreignPlace(of atom: Int) -> Place? {
        guard options.places != .all, let place = recipe.atoms[atom].atom.place?(inputs(of: atom)) else { return nil }
        return options.places.serve(place) ? nil : place
    }

    /// A step that a process that died had started at a place that isn't served here, if nothing else is left to do
    /// here.
    var stranded: Int? { launched.isEmpty && performing == 0 ? elsewhere.min() : nil }

    /// Puts the run to rest until an engine that serves the place of `atom` claims it, and moves its job there.
    mutating func handOver(for atom: Int, in transaction: some FlowTransaction) throws {
        guard let place = foreign[atom] else { return }
        detail.place = place
        for state in [FlowState.suspending, .suspended] { change(to: state) }
        try options.handOver?.carry(detail, to: place, in: transaction)
    }

    /// Lets the run, which comes to rest, wait for the place of the last step that has begun at one of the places that are
    /// served here, and moves its job there.
    mutating func handBack(in transaction: some FlowTransaction) throws {
        for atom in recipe.atoms.indices.reversed() where ![.pending, .ignore].contains(machine.atoms[atom]) {
            guard let place = recipe.atoms[atom].atom.place?(inputs(of: atom)), options.places.serve(place) else {
                continue
            }
            detail.place = place
            return try options.handOver?.carry(detail, to: place, in: transaction) ?? ()
        }
    }
}

extension LoweredAtom {
    /// Whether a revert of the atom does anything.
    fileprivate var hasRevert: Bool {
        switch work {
        case .asynchronous(_, let revert): revert != nil
        case .retry(_, _, _, let revert): revert != nil
        case .transactional(_, _, let revert): revert != nil
        }
    }
}
