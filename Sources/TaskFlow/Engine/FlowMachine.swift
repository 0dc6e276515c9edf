internal import HeapModule

/// The flow's state machine, without I/O: told what has happened to the atoms, it answers what to do next.
///
/// An event costs as much as the atom has links, whatever the size of the flow; reverting or retrying a flow costs its
/// size.
struct FlowMachine: Sendable {
    enum Action: Sendable, Hashable {
        case execute(Int)
        case revert(Int)
        /// The flow of this retry has been reverted and starts again.
        case retry(Int)
        /// Atoms are running, and no other may start.
        case wait
        /// No atom is running or may start, except for atoms that have been set aside; this is the first of them.
        case handOver(Int)
        case finish(FlowState)

        var isFinish: Bool {
            if case .finish = self { true } else { false }
        }
    }

    /// The decision about a flow in which an atom has failed.
    enum Resolution: Sendable, Hashable {
        /// The flow of this retry is reverted and tried again.
        case retry(Int)
        /// The flow of this retry is reverted for good.
        case revert(Int)
        case revertAll
    }

    /// The intention with which a node is visited (`taskflow: states.py intentions`), as opposed to the state that it has reached.
    private enum Intention: Sendable {
        case execute
        case revert
        case retry
    }

    private let graph: ExecutionGraph
    private let names: [String]
    /// The states of the atoms, followed by those of the gates.
    private var states: [AtomState]
    private var intentions: [Intention]
    private var unresolved: Set<Int> = []
    private var isGivenUp = false
    private var hasRevertFailure = false
    /// The atoms that may start, and some that no longer may; `next()` removes those.
    private var ready: Heap<Candidate> = []
    /// Atoms that could have started, but not in this process. Some no longer may; `next()` removes those.
    private var aside: Set<Int> = []
    /// For each node, the number of its predecessors that have yet to succeed.
    private var awaited: [Int]
    /// For each node, the number of its successors that have started and are not reverted.
    private var standing: [Int]

    /// An atom that may start. The greatest priority comes first, then the earliest place in the flow.
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

    /// The state of each atom.
    var atoms: ArraySlice<AtomState> { states[..<names.count] }

    /// The next action. Asking again without a change in between returns the same.
    mutating func next() -> Action {
        while let atom = ready.max?.atom {
            if let action = action(for: atom) { return action }
            ready.removeMax()
        }
        guard inFlightCount == 0 else { return .wait }
        if let atom = firstAside() { return .handOver(atom) }
        let hasFailed = hasRevertFailure || !unresolved.isEmpty
        return .finish(hasFailed ? .failure : isGivenUp ? .reverted : .success)
    }

    /// Passes over `atom`, which can't be started in this process, until it becomes eligible again.
    mutating func setAside(_ atom: Int) {
        aside.insert(atom)
        while ready.max?.atom == atom { ready.removeMax() }
    }

    private mutating func firstAside() -> Int? {
        guard !aside.isEmpty else { return nil }
        aside = aside.filter { action(for: $0) != nil }
        return aside.map { Candidate(priority: graph.priorities[$0], atom: $0) }.max()?.atom
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

    /// The number of atoms that have started and not ended.
    private(set) var inFlightCount = 0

    /// The atoms that have started and not ended. In a run that was interrupted their outcome is unknown.
    var inFlight: [Int] { atoms.indices.filter { states[$0] == .running || states[$0] == .reverting } }

    /// Whether `atom` will be reverted, whatever its outcome.
    func isGivenUp(_ atom: Int) -> Bool { intentions[atom] == .revert }

    /// Whether all atoms will be reverted, whatever their outcome.
    var isGivenUpEntirely: Bool { intentions.allSatisfy { $0 == .revert } }

    /// Whether there are failures that have not been resolved.
    var hasUnresolvedFailures: Bool { !unresolved.isEmpty }

    /// The atoms whose failures have not been resolved, in order.
    var unresolvedFailures: [Int] { unresolved.sorted() }

    /// Records that `atom` is now in `state`. After a failure, ``resolve(_:by:)`` has to follow unless the atom is
    /// already being reverted.
    ///
    /// - Throws: ``InvalidTransition`` if the table of states has no such transition.
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

    /// Takes back the start of `atom`, which has not been performed.
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

    /// Makes failed reverts eligible again.
    mutating func retryReverts() {
        hasRevertFailure = false
        for node in states.indices { offerBack(node) }
    }
}

// MARK: - Forwards

extension FlowMachine {
    /// Records that `node` has started, so that its predecessors can't be reverted before it. An ignored predecessor
    /// counts as started as long as one of its successors does.
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

    /// Records that `node` has succeeded or is ignored: successors that wait for no other node may start.
    private mutating func letPass(_ node: Int) {
        var open = [node]
        while let node = open.popLast() {
            for successor in graph.successors[node] {
                awaited[successor] -= 1
                if awaited[successor] == 0, offer(successor) { open.append(successor) }
            }
        }
    }

    /// Makes `node` eligible to start, as all its predecessors are done.
    ///
    /// - Returns: whether `node` is already done, so that its successors needn't wait for it.
    private mutating func offer(_ node: Int) -> Bool {
        // A node that was ignored early counts as done only now that its predecessors are.
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
    /// Applies the decision about the flow in which `atom` has failed; `nil` if the flow no longer has that atom.
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

    /// Makes `node` eligible to be reverted.
    ///
    /// - Returns: whether `node` is a gate, and is reverted already.
    private mutating func fallsBack(_ node: Int) -> Bool {
        guard graph.isGate(node) else {
            insert(node)
            return false
        }
        guard intentions[node] == .revert, isRevertible(node) else { return false }
        states[node] = .reverted
        return true
    }

    /// Records that `node` is reverted: predecessors without other started successors may be reverted, too.
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

    /// Returns the flow of `retry` to the state before its first step.
    private mutating func restart(_ retry: Int) {
        intentions[retry] = .execute
        let scope = graph.scope(of: retry)
        for node in scope {
            states[node] = .pending
            intentions[node] = .execute
        }
        // Nodes after the flow no longer count those of its nodes that had succeeded.
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
