internal import Synchronization

/// Keeps a value for each of a limited number of runs; beyond the limit, the run that was seen first is dropped.
final class RecentRuns<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var values: [FlowID: Value] = [:]
        /// The runs in the order in which they were first seen.
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
