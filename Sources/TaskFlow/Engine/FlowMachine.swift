internal import HeapModule

/// Decides what a flow does next, and does nothing: told what has happened to its atoms, it answers which may start.
///
/// Its cost for an event is that of the atom's own links, whatever the size of the flow; giving up or retrying a flow costs
/// its size.
struct FlowMachine: Sendable {
    enum Action: Sendable, Hashable {
        case execute(Int)
        case revert(Int)
        /// The flow of this retry is reverted and starts again.
        case retry(Int)
        /// Something runs; nothing else may start.
        case wait
        case finish(FlowState)

        var isFinish: Bool {
            if case .finish = self { true } else { false }
        }
    }

    /// What becomes of a flow in which an atom has failed.
    enum Resolution: Sendable, Hashable {
        /// The flow of this retry is reverted and tried again.
        case retry(Int)
        /// The flow of this retry is reverted for good.
        case revert(Int)
        case revertAll
    }

    /// Where a node shall go (`taskflow: states.py intentions`); its state says where it is.
    private enum Intention: Sendable {
        case execute
        case revert
        case retry
    }

    private let graph: ExecutionGraph
    private let names: [String]
    /// Of the atoms, and after them of the gates.
    private var states: [AtomState]
    private var intentions: [Intention]
    private var unresolved: Set<Int> = []
    private var isGivenUp = false
    private var hasRevertFailure = false
    /// What may start. May hold atoms that may not any more.
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
        intentions = Array(repeating: .execute, count: graph.predecessors.count)
        awaited = graph.predecessors.map(\.count)
        standing = Array(repeating: 0, count: graph.predecessors.count)
        for node in graph.predecessors.indices where graph.predecessors[node].isEmpty {
            if offer(node) { letPass(node) }
        }
    }

    /// Where each atom is.
    var atoms: ArraySlice<AtomState> { states[..<names.count] }

    /// What may happen now. Asking changes nothing.
    mutating func next() -> Action {
        while let atom = ready.max?.atom {
            if let action = action(for: atom) { return action }
            ready.removeMax()
        }
        guard inFlightCount == 0 else { return .wait }
        let hasFailed = hasRevertFailure || !unresolved.isEmpty
        return .finish(hasFailed ? .failure : isGivenUp ? .reverted : .success)
    }

    private func action(for atom: Int) -> Action? {
        guard !hasRevertFailure else { return nil }
        switch (intentions[atom], states[atom]) {
        case (.execute, .pending) where awaited[atom] == 0: return .execute(atom)
        case (.execute, .retrying): return .execute(atom)
        case (.retry, .success) where standing[atom] == 0: return .retry(atom)
        case (.revert, _) where isRevertible(atom): return .revert(atom)
        default: return nil
        }
    }

    /// How many atoms have started and not ended.
    private(set) var inFlightCount = 0

    /// The atoms that have started and not ended: in a run that was interrupted, those of which nothing is known.
    var inFlight: [Int] { atoms.indices.filter { states[$0] == .running || states[$0] == .reverting } }

    /// Whether `atom` is to be reverted, whatever comes of it.
    func isGivenUp(_ atom: Int) -> Bool { intentions[atom] == .revert }

    /// Whether all atoms are to be reverted, whatever comes of them.
    var isGivenUpEntirely: Bool { intentions.allSatisfy { $0 == .revert } }

    /// Whether there is a failure of which nobody has decided what becomes of the flow.
    var hasUnresolvedFailures: Bool { !unresolved.isEmpty }

    /// The failures of which nobody has decided what becomes of the flow.
    var unresolvedFailures: [Int] { unresolved.sorted() }

    /// Records that `atom` is now in `state`. After a failure, the machine has to be told what becomes of the flow, unless
    /// that is decided already.
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
            inFlightCount += 1
            if old == .pending { stand(atom) }
        case .success:
            inFlightCount -= 1
            if intentions[atom] == .execute { letPass(atom) } else { offerBack(atom) }
        case .failure:
            inFlightCount -= 1
            if intentions[atom] == .execute { unresolved.insert(atom) } else { offerBack(atom) }
        case .reverting:
            inFlightCount += 1
        case .reverted:
            inFlightCount -= 1
            fall(atom)
        case .revertFailure:
            inFlightCount -= 1
            hasRevertFailure = true
        case .retrying:
            restart(atom)
        case .ignore:
            if awaited[atom] == 0 { letPass(atom) }
        case .pending:
            break
        }
    }

    /// Takes back the start of `atom`, which was not performed.
    ///
    /// - Throws: ``InvalidTransition`` unless it is running.
    mutating func takeBack(_ atom: Int) throws(InvalidTransition) {
        guard states[atom] == .running else {
            throw InvalidTransition(
                subject: "'\(names[atom])'",
                from: states[atom].rawValue,
                to: AtomState.pending.rawValue
            )
        }
        states[atom] = .pending
        inFlightCount -= 1
        fall(atom)
        insert(atom)
    }

    /// Lets reverts that failed be tried again.
    mutating func retryReverts() {
        hasRevertFailure = false
        for node in states.indices { offerBack(node) }
    }
}

// MARK: - Forwards

extension FlowMachine {
    /// `node` has begun: what is before it can't be reverted now. What has been ignored stands as long as anything after it.
    private mutating func stand(_ node: Int) {
        var (next, ignored) = (Int?.some(node), [Int]())
        while let node = next {
            for predecessor in graph.predecessors[node] {
                standing[predecessor] += 1
                if states[predecessor] == .ignore, standing[predecessor] == 1 { ignored.append(predecessor) }
            }
            next = ignored.popLast()
        }
    }

    /// `node` has succeeded, or is ignored: what waited for it alone may start.
    private mutating func letPass(_ node: Int) {
        var open = [node]
        while let node = open.popLast() {
            for successor in graph.successors[node] {
                awaited[successor] -= 1
                if awaited[successor] == 0, offer(successor) { open.append(successor) }
            }
        }
    }

    /// - Returns: whether `node` lets pass at once what waits for it.
    private mutating func offer(_ node: Int) -> Bool {
        // Ignored before all that it waits for was over, it lets nothing pass until then.
        guard states[node] != .ignore else { return true }
        guard graph.isGate(node) else {
            insert(node)
            return false
        }
        guard intentions[node] == .execute else { return false }
        states[node] = .success
        stand(node)
        return true
    }

    private mutating func insert(_ atom: Int) {
        ready.insert(Candidate(priority: graph.priorities[atom], atom: atom))
    }
}

// MARK: - Backwards

extension FlowMachine {
    /// Records what becomes of the flow in which `atom` has failed, or one that it has no more.
    mutating func resolve(_ atom: Int?, by resolution: Resolution) {
        if let atom { unresolved.remove(atom) }
        switch resolution {
        case .retry(let retry):
            for node in graph.scope(of: retry) { intentions[node] = .revert }
            if intentions[retry] != .revert { intentions[retry] = .retry }
            for node in graph.scope(of: retry) { offerBack(node) }
            offerBack(retry)
        case .revert(let retry):
            giveUp(graph.scope(of: retry) + [retry])
        case .revertAll:
            giveUp(Array(states.indices))
        }
    }

    private mutating func giveUp(_ nodes: [Int]) {
        isGivenUp = true
        for node in nodes { intentions[node] = .revert }
        for node in nodes { offerBack(node) }
    }

    private mutating func offerBack(_ node: Int) {
        if fallsBack(node) { fall(node) }
    }

    /// - Returns: whether `node` is a gate, and is reverted by that.
    private mutating func fallsBack(_ node: Int) -> Bool {
        guard graph.isGate(node) else {
            insert(node)
            return false
        }
        guard intentions[node] == .revert, isRevertible(node) else { return false }
        states[node] = .reverted
        return true
    }

    /// `node` is reverted: what stood before it alone may be reverted, too.
    private mutating func fall(_ node: Int) {
        var open = [node]
        while let node = open.popLast() {
            for predecessor in graph.predecessors[node] {
                standing[predecessor] -= 1
                guard standing[predecessor] == 0 else { continue }
                if states[predecessor] == .ignore || fallsBack(predecessor) { open.append(predecessor) }
            }
        }
    }

    private func isRevertible(_ node: Int) -> Bool {
        standing[node] == 0 && [.success, .failure, .revertFailure, .retrying].contains(states[node])
    }

    /// Puts the flow of `retry` where it was before its first step.
    private mutating func restart(_ retry: Int) {
        intentions[retry] = .execute
        let scope = graph.scope(of: retry)
        for node in scope {
            states[node] = .pending
            intentions[node] = .execute
        }
        // What comes after the flow has been let pass by some of it already.
        for node in scope + scope.flatMap({ graph.successors[$0] }) {
            awaited[node] = graph.predecessors[node].count { !hasPassed($0) }
        }
        insert(retry)
    }

    private func hasPassed(_ node: Int) -> Bool {
        switch states[node] {
        case .success: intentions[node] == .execute
        case .ignore: awaited[node] == 0
        default: false
        }
    }
}
