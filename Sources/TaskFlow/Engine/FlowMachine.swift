/// Decides what a flow does next, and does nothing: told what has happened to its atoms, it answers which may start.
///
/// Its cost for an event is that of the atom's own links, whatever the size of the flow.
struct FlowMachine: Sendable {
    enum Action: Sendable, Hashable {
        case execute(Int)
        case revert(Int)
        /// Something runs; nothing else may start.
        case wait
        case finish(FlowState)
    }

    private let graph: ExecutionGraph
    private let names: [String]
    private(set) var atoms: [AtomState]
    private(set) var isReverting = false
    private var hasRevertFailure = false
    private var running = 0
    /// What may start, next one last. May hold atoms that have been started since.
    private var ready: [Int]
    /// For each atom, how many before it have yet to succeed.
    private var awaited: [Int]
    /// For each atom, how many after it have run and are not reverted.
    private var standing: [Int]

    init(graph: ExecutionGraph, names: [String]) {
        self.graph = graph
        self.names = names
        atoms = Array(repeating: .pending, count: names.count)
        awaited = graph.predecessors.map(\.count)
        standing = Array(repeating: 0, count: names.count)
        ready = names.indices.reversed().filter { graph.predecessors[$0].isEmpty }
    }

    /// What may happen now. Asking changes nothing.
    mutating func next() -> Action {
        while let atom = ready.last {
            if isReverting ? isRevertible(atom) : atoms[atom] == .pending {
                return isReverting ? .revert(atom) : .execute(atom)
            }
            ready.removeLast()
        }
        guard running == 0 else { return .wait }
        return .finish(hasRevertFailure ? .failure : isReverting ? .reverted : .success)
    }

    /// The atoms that have started and not ended: in a run that was interrupted, those of which nothing is known.
    var inFlight: [Int] { atoms.indices.filter { atoms[$0] == .running || atoms[$0] == .reverting } }

    /// Records that `atom` is now in `state`.
    ///
    /// - Throws: ``InvalidTransition`` unless the table of states has it.
    mutating func move(_ atom: Int, to state: AtomState) throws(InvalidTransition) {
        let old = atoms[atom]
        guard old.successors.contains(state) else {
            throw InvalidTransition(subject: "'\(names[atom])'", from: old.rawValue, to: state.rawValue)
        }
        atoms[atom] = state
        switch state {
        case .running:
            running += 1
            for predecessor in graph.predecessors[atom] { standing[predecessor] += 1 }
        case .success:
            running -= 1
            succeeded(atom)
        case .failure:
            running -= 1
            failed(atom)
        case .reverting:
            running += 1
        case .reverted:
            running -= 1
            reverted(atom)
        case .revertFailure:
            running -= 1
            hasRevertFailure = true
            ready = []
        case .pending, .ignore:
            break
        }
    }

    /// Lets reverts that failed be tried again.
    mutating func retryReverts() {
        hasRevertFailure = false
        ready = atoms.indices.filter(isRevertible)
    }

    private mutating func succeeded(_ atom: Int) {
        guard !isReverting else { return offerRevert(atom) }
        for successor in graph.successors[atom].reversed() {
            awaited[successor] -= 1
            if awaited[successor] == 0 { ready.append(successor) }
        }
    }

    private mutating func failed(_ atom: Int) {
        guard !isReverting else { return offerRevert(atom) }
        isReverting = true
        ready = atoms.indices.filter(isRevertible)
    }

    private mutating func reverted(_ atom: Int) {
        for predecessor in graph.predecessors[atom] {
            standing[predecessor] -= 1
            offerRevert(predecessor)
        }
    }

    private mutating func offerRevert(_ atom: Int) {
        if !hasRevertFailure && isRevertible(atom) { ready.append(atom) }
    }

    private func isRevertible(_ atom: Int) -> Bool {
        standing[atom] == 0 && [.success, .failure, .revertFailure].contains(atoms[atom])
    }
}
