internal import Synchronization

/// Something about each run, of the last runs that were heard of.
final class RecentRuns<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var values: [FlowID: Value] = [:]
        /// In the order in which they were first heard of.
        var order: [FlowID] = []
    }

    private let state = Mutex(State())
    private let limit: Int

    init(keeping limit: Int) { self.limit = max(1, limit) }

    subscript(flow: FlowID) -> Value? { state.withLock { $0.values[flow] } }

    func update<Result: Sendable>(
        _ flow: FlowID,
        default value: @autoclosure () -> Value,
        _ body: (inout Value) -> Result
    ) -> Result {
        state.withLock { state in
            if state.values[flow] == nil {
                if state.order.count == limit { state.values[state.order.removeFirst()] = nil }
                state.order.append(flow)
            }
            return body(&state.values[flow, default: value()])
        }
    }

    func forget(_ flow: FlowID) {
        state.withLock { state in
            if state.values.removeValue(forKey: flow) != nil { state.order.removeAll { $0 == flow } }
        }
    }
}
