internal import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// Every statement about flows that have ended and need not be kept.
struct HistoryTable {
    let connection: any SQLConnection

    /// How many flows are looked at in one place: enough to keep up with those that end, and few enough to take no time.
    private static let stretch: Int64 = 250

    /// Where to look, and for what.
    struct Search: Sendable {
        /// Flows whose number is this or less have enough newer ones to be forgotten.
        var lastByCount = Int64.min
        /// Flows that were last stored before this are old enough to be forgotten.
        var time = Date.distantPast
        /// What names flows that have to be kept.
        var references: [FlowReference] = []
        /// Where, between nothing and one, to look in the part of the list where such flows may be. One place is not enough:
        /// flows that were kept because something named them need not be named for ever.
        var place: Double = 0
    }

    /// The flows that can be forgotten, at most `limit`, of those that are looked at.
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
                SELECT * FROM (SELECT number FROM flow WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?)
                UNION
                SELECT * FROM (SELECT number FROM flow WHERE number <= ? ORDER BY number DESC LIMIT ?)
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
        // One whose id can't be read stays, as all that can't be read.
        return rows.compactMap { try? $0(0) }
    }

    /// The largest number of a flow.
    func newest() throws -> Int64 {
        try connection.query("SELECT MAX(number) FROM flow").first?(0, as: Int64?.self) ?? 0
    }

    /// Removes flows with their journals.
    func forget(_ flows: [FlowID]) throws {
        for flow in flows {
            try connection.execute("DELETE FROM flow_journal WHERE flow = ?", flow)
            try connection.execute("DELETE FROM flow WHERE id = ?", flow)
        }
    }

    /// The number of the last flow that was begun before `time`, near enough where clocks were set; found by halves, as
    /// flows are numbered in the order in which they begin.
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
