internal import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// All statements about the pruning of finished flows.
struct HistoryTable {
    let connection: any SQLConnection

    /// The number of flows that are examined in one place: enough to keep up with the flows that end, few enough to
    /// cost little.
    private static let stretch: Int64 = 250

    /// The limits of the history, and the place to examine.
    struct Search: Sendable {
        /// The largest number of a flow that is beyond the limit on the number of flows.
        var lastByCount = Int64.min
        /// The time before which a flow must have changed last to be beyond the limit on age.
        var time = Date.distantPast
        /// The columns that refer to flows; a flow that is referred to is kept.
        var references: [FlowReference] = []
        /// The place to examine, as a fraction from 0 to 1 of the range in which flows beyond the limits may be.
        /// Examining only the newest of them is not enough: a flow that was kept because of a reference may have lost
        /// it since.
        var place: Double = 0
    }

    /// The flows that can be pruned, at most `limit`, among those that are examined.
    func forgettable(_ search: Search, limit: Int) throws -> [FlowID] {
        guard let bounds = try connection.query("SELECT MIN(number), MAX(number) FROM flow").first,
            let oldest = try bounds(0, as: Int64?.self), let newest = try bounds(1, as: Int64?.self)
        else { return [] }
        let byAge = try last(before: search.time, between: oldest, and: newest)
        let end = max(search.lastByCount, byAge)
        guard end >= oldest else { return [] }
        let start = oldest + Int64(Double(max(0, end - oldest - Self.stretch)) * min(max(0, search.place), 1))
        let kept = search.references.map { "AND NOT EXISTS (SELECT 1 FROM \($0.table) WHERE \($0.column) = flow.id)" }
        let rows = try connection.query(
            """
            SELECT id FROM flow
            WHERE number IN (
                SELECT * FROM (SELECT number FROM flow WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?) AS oldest
                UNION
                SELECT * FROM (SELECT number FROM flow WHERE number <= ? ORDER BY number DESC LIMIT ?) AS newest
            )
            AND (state IN ('SUCCESS', 'REVERTED') OR state = 'FAILURE' AND resolved_at IS NOT NULL)
            AND (number <= ? OR updated_at < ?) AND book IS NULL \(kept.joined(separator: " "))
            ORDER BY number LIMIT ?
            """,
            start,
            end,
            Self.stretch,
            end,
            Self.stretch,
            search.lastByCount,
            search.time,
            limit
        )
        // A flow whose id can't be read is kept, as all unreadable records are.
        return rows.compactMap { try? $0(0) }
    }

    /// The largest number of a flow.
    func newest() throws -> Int64 {
        try connection.query("SELECT MAX(number) FROM flow").first?(0, as: Int64?.self) ?? 0
    }

    /// Removes flows with their journals.
    func forget(_ flows: [FlowID]) throws {
        for flow in flows {
            try connection.write("DELETE FROM flow_journal WHERE flow = ?", flow)
            try connection.write("DELETE FROM flow_holder WHERE flow = ?", flow)
            try connection.write("DELETE FROM flow WHERE id = ?", flow)
        }
    }

    /// The number of the last flow that was created before `time`, found by binary search, since flows are numbered in
    /// the order of their creation. It is approximate if the clock was set back.
    private func last(before time: Date, between oldest: Int64, and newest: Int64) throws -> Int64 {
        var (low, high) = (oldest - 1, newest)
        while low < high {
            let middle = low + (high - low + 1) / 2
            let row = try connection.query(
                "SELECT created_at < ? FROM flow WHERE number <= ? ORDER BY number DESC LIMIT 1",
                time,
                middle
            )
            if try row.first?(0) == 1 { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
