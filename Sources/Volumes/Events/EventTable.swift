internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI

/// Every statement about events, and nothing else.
///
/// Rows are added in the transactions that change what they tell of (`transactional outbox`).
struct EventTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "event",
        steps: [
            """
            CREATE TABLE event (
                number INTEGER PRIMARY KEY,
                at INTEGER NOT NULL,
                name TEXT NOT NULL,
                project TEXT NOT NULL,
                user TEXT,
                object TEXT NOT NULL,
                label TEXT NOT NULL,
                flow TEXT,
                payload TEXT NOT NULL
            ) STRICT;
            CREATE INDEX event_by_project ON event (project, number);
            CREATE INDEX event_by_object ON event (object, number);
            """
        ]
    )

    func insert(_ event: Event) throws {
        try connection.write(
            "INSERT INTO event (at, name, project, user, object, label, flow, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            event.at,
            event.name,
            event.project,
            event.user,
            event.object,
            event.label,
            event.flow,
            try sortedJSON(of: event.payload)
        )
    }

    /// The last event that a flow has caused; `nil` if there is none, or it can't be read.
    func last(of flow: FlowID, object: String) throws -> Event? {
        try connection.query(
            "SELECT \(Self.columns) FROM event WHERE object = ? AND flow = ? ORDER BY number DESC LIMIT 1",
            object,
            flow
        )
        .decoded(of: "event", name: 6, by: Self.event).first
    }

    /// The project's events after the one with this number, oldest first, and the number of the last one.
    func list(
        project: String,
        object: String?,
        after number: Int64,
        limit: Int
    ) throws -> (Listing<Event>, last: Int64?) {
        let rows =
            if let object {
                try connection.query(
                    """
                    SELECT \(Self.columns) FROM event WHERE object = ? AND project = ? AND number > ?
                    ORDER BY number LIMIT ?
                    """,
                    object,
                    project,
                    number,
                    limit
                )
            } else {
                try connection.query(
                    "SELECT \(Self.columns) FROM event WHERE project = ? AND number > ? ORDER BY number LIMIT ?",
                    project,
                    number,
                    limit
                )
            }
        return (rows.decoded(of: "event", name: 6, by: Self.event), try rows.last?(0))
    }

    /// The number of the project's newest event; 0 without any.
    func newest(project: String) throws -> Int64 {
        try connection.query("SELECT MAX(number) FROM event WHERE project = ?", project)
            .first?(0, as: Int64?.self) ?? 0
    }

    /// The number of the event before the project's newest `count`; 0 if there are no more.
    func number(beforeNewest count: Int, project: String, object: String?) throws -> Int64 {
        let rows =
            if let object {
                try connection.query(
                    "SELECT number FROM event WHERE object = ? AND project = ? ORDER BY number DESC LIMIT 1 OFFSET ?",
                    object,
                    project,
                    count
                )
            } else {
                try connection.query(
                    "SELECT number FROM event WHERE project = ? ORDER BY number DESC LIMIT 1 OFFSET ?",
                    project,
                    count
                )
            }
        return try rows.first?(0) ?? 0
    }

    /// The number of the project's newest event before `time`; 0 if there is none.
    func number(before time: Date, project: String) throws -> Int64 {
        try connection
            .query(
                "SELECT number FROM event WHERE project = ? AND at < ? ORDER BY number DESC LIMIT 1",
                project,
                time
            )
            .first?(0) ?? 0
    }

    /// The number of the newest of the events that are to be removed, at most `limit` of the oldest: those from before `time`,
    /// and those beyond the newest `count`. The newest event stays, so that no number is given twice. `nil` for none.
    func lastForgettable(before time: Date?, beyond count: Int?, limit: Int) throws -> Int64? {
        let row = try connection.query("SELECT MIN(number), MAX(number) FROM event").first
        guard let oldest = try row?(0, as: Int64?.self), let newest = try row?(1, as: Int64?.self) else { return nil }
        // Numbers have no gaps, but for those of transactions that failed.
        let byCount = count.map { newest.subtractingReportingOverflow(Int64($0)).partialValue } ?? .min
        var byAge = Int64.min
        if let time {
            byAge =
                try connection
                .query(
                    """
                    SELECT number FROM (SELECT number, at FROM event ORDER BY number LIMIT ?) AS oldest
                    WHERE at < ? ORDER BY number DESC LIMIT 1
                    """,
                    limit,
                    time
                )
                .first?(0) ?? .min
        }
        let last = min(max(byCount, byAge), newest - 1, oldest + Int64(limit) - 1)
        return last < oldest ? nil : last
    }

    /// Removes the events up to the one with this number.
    func forget(upTo number: Int64) throws {
        try connection.write("DELETE FROM event WHERE number <= ?", number)
    }

    private static let columns = "number, at, name, project, user, object, label, flow, payload"

    private static func event(_ row: SQLRow) throws -> Event {
        let payload: String = try row(8)
        return Event(
            number: try row(0),
            at: try row(1),
            name: try row(2),
            project: try row(3),
            user: try row(4),
            object: try row(5),
            label: try row(6),
            flow: try row(7),
            payload: try JSONDecoder().decode(EventPayload.self, from: Data(payload.utf8))
        )
    }
}
