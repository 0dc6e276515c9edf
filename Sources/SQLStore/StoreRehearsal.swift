internal import Synchronization
package import TaskFlow

/// The rehearsal of a request: all of its transactions are rolled back, and it ends where a flow would go on to an external
/// step.
package final class StoreRehearsal: Sendable {
    /// The point at which a rehearsal ends.
    package enum End: Error {
        /// The request would start this flow.
        case starts(FlowDetail)
        /// The request would carry on this flow.
        case resumes(FlowID)
        /// The request would wait for this flow of another request.
        case waits(for: FlowDetail)
    }

    private struct Progress {
        var end: End?
        var flows: Set<FlowID> = []
        var hasWritten = false
    }

    private let progress = Mutex(Progress())

    package init() {}

    /// The point at which the rehearsal has ended; `nil` if it came to the end of the request.
    package var end: End? { progress.withLock(\.end) }

    /// Whether a transaction has been rolled back, or something else that writes has been left out.
    package var hasWritten: Bool { progress.withLock(\.hasWritten) }

    /// Ends the rehearsal, and returns the error with which the request has to stop.
    package func ends(_ end: End) -> End {
        progress.withLock { $0.end = $0.end ?? end }
        return end
    }

    /// Whether the flow was begun in the rehearsal, so that there is no such flow.
    package func hasBegun(_ flow: FlowID) -> Bool { progress.withLock { $0.flows.contains(flow) } }

    func noteWrite() { progress.withLock { $0.hasWritten = true } }

    /// - Throws: ``End`` if the transaction has begun a flow that has not failed in it.
    func check(_ transaction: SQLTransaction) throws {
        guard let (flow, state) = transaction.begun else { return }
        progress.withLock { _ = $0.flows.insert(flow.id) }
        if state != .reverted, state != .failure { throw ends(.starts(flow)) }
    }
}

/// Ends a transaction of a rehearsal, so that it is rolled back.
struct RolledBack<Result: Sendable>: Error {
    let result: Result
}
