internal import Synchronization

/// A change of which listeners have yet to be notified, and the last registration that it concerns. Changes of all
/// kinds are kept in one list, so that listeners are notified in the order in which they happened.
enum Change: Sendable {
    case flow(FlowChange, upTo: Int)
    case atom(AtomChange, upTo: Int)
    case progress(ProgressChange, upTo: Int)
}

/// The notifiers of a run.
struct Audience: Sendable {
    let flows: Notifier<FlowChange>
    let atoms: Notifier<AtomChange>
    let progress: Notifier<ProgressChange>

    init(watch: HandlerWatch?) {
        flows = Notifier(watch: watch)
        atoms = Notifier(watch: watch)
        progress = Notifier(watch: watch)
    }
}

extension FlowRun {
    mutating func takeChanges() -> [Change] {
        guard !changes.isEmpty else { return [] }
        defer { changes = [] }
        return changes
    }

    /// Queues the change of an atom's state for the listeners. Without listeners nothing is created.
    mutating func announce(_ atom: Int, from old: AtomState, failure: Failure? = nil) {
        let state = machine.atoms[atom]
        guard let last = audience?.atoms.audience(for: state) else { return }
        let change = AtomChange(
            flow: detail.id,
            flowName: recipe.name,
            atom: recipe.atoms[atom].atom.name,
            state: state,
            oldState: old,
            at: now(),
            attempt: attempt(of: atom),
            failure: failure,
            lowered: recipe.atoms[atom].atom,
            inputValues: inputs(of: atom),
            outcome: [.pending, .running, .ignore].contains(state) ? nil : outcome(of: atom)
        )
        changes.append(.atom(change, upTo: last))
    }

    /// Queues the change of the flow's state for the listeners, as ``announce(_:from:failure:)`` does for an atom.
    mutating func announce(_ state: FlowState, from old: FlowState) {
        guard let last = audience?.flows.audience(for: state) else { return }
        let change = FlowChange(
            flow: detail.id,
            name: recipe.name,
            state: state,
            oldState: old,
            at: now(),
            failures: failed.map(\.failure),
            place: detail.place
        )
        changes.append(.flow(change, upTo: last))
    }

    mutating func change(to state: FlowState) {
        guard state != detail.state else { return }
        announce(state, from: detail.state)
        detail.state = state
    }

    /// The number of the attempt that a change of `atom` belongs to: of the flow around it or, for a retry, of its own
    /// flow.
    private func attempt(of atom: Int) -> Int {
        guard recipe.atoms[atom].atom.isRetry else {
            return max(1, recipe.atoms[atom].retry.flatMap { histories[$0]?.count } ?? 1)
        }
        let begun = histories[atom]?.count ?? 0
        let isBeginning = machine.atoms[atom] == .running || failures[atom] != nil
        return max(1, isBeginning ? begun + 1 : begun)
    }
}

extension Engine {
    /// Notifies the listeners of the changes since the last call.
    func notify() {
        for change in flow.withLock({ $0.takeChanges() }) {
            switch change {
            case .flow(let change, let last): notifier.notify(change, upTo: last)
            case .atom(let change, let last): atomNotifier.notify(change, upTo: last)
            case .progress(let change, let last): progressNotifier.notify(change, upTo: last)
            }
        }
    }
}
