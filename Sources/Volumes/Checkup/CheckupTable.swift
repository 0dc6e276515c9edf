internal import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// Every statement of a checkup about records of several kinds, or of no other table's.
struct CheckupTable {
    let connection: any SQLConnection

    /// The states of flows; a flow that is gone has none.
    func states(of flows: Set<FlowID>) throws -> [FlowID: FlowState] {
        try flows.reduce(into: [:]) { states, flow in
            let rows = try connection.query("SELECT state FROM flow WHERE id = ?", flow)
            states[flow] = try rows.first.flatMap { FlowState(rawValue: try $0(0)) }
        }
    }

    /// The flows that could not be undone and that nobody has given up, oldest first.
    func failedFlows() throws -> [CheckedRecords.FailedFlow] {
        try connection.query(
            """
            SELECT id, name, subject, COALESCE(scope, '') FROM flow
            WHERE state = 'FAILURE' AND resolved_at IS NULL ORDER BY number
            """
        )
        .map { CheckedRecords.FailedFlow(id: try $0(0), name: try $0(1), subject: try $0(2), project: try $0(3)) }
    }

    /// The time of the newest event; `nil` without any.
    func newestEvent() throws -> Date? {
        try connection.query("SELECT at FROM event ORDER BY number DESC LIMIT 1").first?(0)
    }

    /// How many flows and events are stored.
    func counts() throws -> (flows: Int64, events: Int64) {
        let row = try connection.query("SELECT (SELECT COUNT(*) FROM flow), (SELECT COUNT(*) FROM event)").first
        return (try row?(0) ?? 0, try row?(1) ?? 0)
    }
}
