import TaskFlow

extension FlowStore {
    /// Where each step is that has come anywhere since the last reset, but for those that wait for their turn.
    func states(of flow: FlowID) async throws -> [String: AtomState] {
        let journal = try await load(flow)?.journal ?? []
        let start = journal.lastIndex { $0.isReset }.map { $0 + 1 } ?? 0
        let changes = journal[start...].filter { $0.state != .pending }.map { ($0.atom, $0.state) }
        return Dictionary(changes, uniquingKeysWith: { $1 })
    }
}

extension Trace {
    /// Notes each state of the flow that `engine` runs, and whether the table of states has the change.
    func listen(to engine: Engine<some FlowStore>) {
        engine.notifier.register { [self] change in
            let isAllowed = change.oldState.successors.contains(change.state)
            note("\(change.state.rawValue)\(isAllowed ? "" : " though \(change.oldState.rawValue)")")
        }
    }
}
