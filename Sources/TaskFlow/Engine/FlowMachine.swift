internal import HeapModule

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
    /// Of the atoms, and after them of the gates.
    private var states: [AtomState]
    private(set) var isReverting = false
    private var hasRevertFailure = false
    private var running = 0
    /// What may start. May hold atoms that have been started since.
    private var ready: Heap<Candidate> = []
    /// For each node, how many before it have yet to succeed.
    private var awaited: [Int]
    /// For each node, how many after it have run and are not reverted.
    private var standing: [Int]

    /// An atom that may start: of two, the one with the larger priority first, else the one that comes first in the flow.
    private struct Candidate: Sendable, Comparable {
        let priority: Int
        let atom: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.priority, right.atom) < (right.priority, left.atom)
        }
    }

    init(graph: ExecutionGraph, names: [String]) {
        self.graph = graph
        self.names = names
        states = Array(repeating: .pending, count: graph.predecessors.count)
        awaited = graph.predecessors.map(\.count)
        standing = Array(repeating: 0, count: graph.predecessors.count)
        for node in graph.predecessors.indices where graph.predecessors[node].isEmpty { offer(node) }
    }

    /// Where each atom is.
    var atoms: ArraySlice<AtomState> { states[..<names.count] }

    /// What may happen now. Asking changes nothing.
    mutating func next() -> Action {
        while let atom = ready.max?.atom {
            if isReverting ? isRevertible(atom) : states[atom] == .pending {
                return isReverting ? .revert(atom) : .execute(atom)
            }
            ready.removeMax()
        }
        guard running == 0 else { return .wait }
        return .finish(hasRevertFailure ? .failure : isReverting ? .reverted : .success)
    }

    /// The atoms that have started and not ended: in a run that was interrupted, those of which nothing is known.
    var inFlight: [Int] { atoms.indices.filter { states[$0] == .running || states[$0] == .reverting } }

    /// Records that `atom` is now in `state`.
    ///
    /// - Throws: ``InvalidTransition`` unless the table of states has it.
    mutating func move(_ atom: Int, to state: AtomState) throws(InvalidTransition) {
        let old = states[atom]
        guard old.successors.contains(state) else {
            throw InvalidTransition(subject: "'\(names[atom])'", from: old.rawValue, to: state.rawValue)
        }
        states[atom] = state
        switch state {
        case .running:
            running += 1
            stand(atom)
        case .success:
            running -= 1
            if isReverting { offerRevert(atom) } else { letPass(atom) }
        case .failure:
            running -= 1
            failed(atom)
        case .reverting:
            running += 1
        case .reverted:
            running -= 1
            fall(atom)
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
        offerReverts()
    }
}

// MARK: - Forwards

extension FlowMachine {
    /// `node` has begun: what is before it can't be reverted now.
    private mutating func stand(_ node: Int) {
        for predecessor in graph.predecessors[node] { standing[predecessor] += 1 }
    }

    /// `node` has succeeded: what waited for it alone may start.
    private mutating func letPass(_ node: Int) {
        for successor in graph.successors[node] {
            awaited[successor] -= 1
            if awaited[successor] == 0 { offer(successor) }
        }
    }

    private mutating func offer(_ node: Int) {
        if graph.isGate(node) {
            states[node] = .success
            stand(node)
            letPass(node)
        } else {
            ready.insert(Candidate(priority: graph.priorities[node], atom: node))
        }
    }
}

// MARK: - Backwards

extension FlowMachine {
    private mutating func failed(_ atom: Int) {
        guard !isReverting else { return offerRevert(atom) }
        isReverting = true
        offerReverts()
    }

    private mutating func offerReverts() {
        ready = []
        for node in states.indices { offerRevert(node) }
    }

    private mutating func offerRevert(_ node: Int) {
        guard !hasRevertFailure, isRevertible(node) else { return }
        if graph.isGate(node) {
            states[node] = .reverted
            fall(node)
        } else {
            ready.insert(Candidate(priority: graph.priorities[node], atom: node))
        }
    }

    /// `node` is reverted: what stood before it alone may be reverted, too.
    private mutating func fall(_ node: Int) {
        for predecessor in graph.predecessors[node] {
            standing[predecessor] -= 1
            offerRevert(predecessor)
        }
    }

    private func isRevertible(_ node: Int) -> Bool {
        standing[node] == 0 && [.success, .failure, .revertFailure].contains(states[node])
    }
}
