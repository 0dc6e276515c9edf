extension FlowRun {
    /// The next action, after the deciders on steps that could start have been asked. Steps that have to run elsewhere are
    /// set aside as long as others can run here.
    mutating func next() throws -> FlowMachine.Action {
        while true {
            let action = machine.next()
            if !recipe.deciders.isEmpty, case .execute(let atom) = action, !allowed.contains(atom),
                recipe.deciders[atom] != nil
            {
                try decide(atom)
            } else if let (atom, place) = foreignPlace(of: action) {
                foreign[atom] = place
                machine.setAside(atom)
            } else if action == .wait, let atom = stranded {
                return .handOver(atom)
            } else {
                return action
            }
        }
    }

    private mutating func decide(_ atom: Int) throws {
        switch Result(catching: { try refusal(of: atom) }) {
        case .success(nil):
            allowed.insert(atom)
        case .success(let depth?):
            for ignored in recipe.ignored(with: atom, to: depth) where machine.atoms[ignored] == .pending {
                try machine.move(ignored, to: .ignore)
                announce(ignored, from: .pending)
                note(ignored)
            }
        case .failure(let error):
            try start(atom, as: .running)
            try failed(atom, with: error)
            // Resolved at once; otherwise the machine would finish with an unresolved failure.
            resolveFailures()
        }
    }

    /// The widest depth among the deciders that refuse the step; `nil` if none does.
    private func refusal(of atom: Int) throws -> Depth? {
        try recipe.deciders[atom, default: []]
            .filter { decider in !decider.isMoot(in: machine) }
            .filter { decider in try !decider.decide(values(of: decider.sources)) }
            .map(\.depth)
            .max { $0.rawValue < $1.rawValue }
    }
}

extension CompiledDecider {
    /// Whether all steps at the start of the decider's link have been ignored, so that the decider isn't asked.
    fileprivate func isMoot(in machine: FlowMachine) -> Bool {
        !earlier.isEmpty && earlier.allSatisfy { machine.atoms[$0] == .ignore }
    }
}
