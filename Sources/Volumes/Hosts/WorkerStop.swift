internal import SQLStore
internal import Synchronization
internal import TaskFlow

/// The order to a worker to stop: its flows come to rest after the steps that are running, for the next worker that serves their
/// pool, and no others are taken up.
final class WorkerStop: Sendable {
    private struct State {
        var isOrdered = false
        var engines: [FlowID: Engine<SQLStore>] = [:]
    }

    private let state = Mutex(State())

    var isOrdered: Bool { state.withLock(\.isOrdered) }

    /// Gives the order.
    func order() {
        let engines = state.withLock { state in
            state.isOrdered = true
            return Array(state.engines.values)
        }
        for engine in engines { engine.handBack() }
    }

    /// Lets the order reach an engine, even if it was given before.
    func watch(_ engine: Engine<SQLStore>) {
        let isOrdered = state.withLock { state in
            state.engines[engine.id] = engine
            return state.isOrdered
        }
        if isOrdered { engine.handBack() }
    }

    func forget(_ engine: Engine<SQLStore>) { state.withLock { _ = $0.engines.removeValue(forKey: engine.id) } }
}
