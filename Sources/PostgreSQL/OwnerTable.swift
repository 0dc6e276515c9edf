internal import SQL

/// The statements about the processes that use the database. Each has a row, its lease, which it renews.
///
/// All times are the server's, in microseconds, so that the clocks of hosts don't matter.
struct OwnerTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "owner",
        steps: [
            """
            CREATE TABLE owner (
                id BIGINT PRIMARY KEY,
                label TEXT NOT NULL,
                host TEXT NOT NULL,
                place TEXT,
                until BIGINT NOT NULL,
                is_buried INTEGER NOT NULL DEFAULT 0
            );
            CREATE INDEX owner_until ON owner (until);
            """
        ]
    )

    /// A process.
    struct Entry {
        /// The file in which the process has locked its number, if it is on this host; see ``HostLocks``.
        let place: String?
        /// Whether another process may take over what the process holds.
        let hasExpired: Bool
    }

    /// The server's time.
    fileprivate static let now = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
    /// How long the row of a process that has died is kept, for those who look at the table. A process without a row counts
    /// as gone, too.
    private static let memory = Duration.seconds(7 * 24 * 3600)

    /// Adds a process, or renews the row if that was done before and the answer was lost; removes the rows of processes that
    /// died long ago.
    ///
    /// - Throws: `busy` if another process has the number.
    func add(_ owner: Owner, host: String, place: String?, for time: Duration) throws(SQLError) {
        try connection.execute("DELETE FROM owner WHERE until < \(Self.now) - \(Self.memory.microseconds)")
        let count = try connection.execute(
            """
            INSERT INTO owner (id, label, host, place, until) VALUES (?, ?, ?, ?, \(Self.now) + ?)
            ON CONFLICT (id) DO UPDATE SET until = excluded.until
            WHERE owner.label = excluded.label AND owner.is_buried = 0
            """,
            owner.number,
            owner.label,
            host,
            place,
            time.microseconds
        )
        guard count == 1 else { throw SQLError(.busy, "another process has the same number; try again") }
    }

    func remove(_ owner: Int64) throws(SQLError) { try connection.execute("DELETE FROM owner WHERE id = ?", owner) }

    /// The process; `nil` if it has ended in order, died long ago, or never held anything.
    func find(_ owner: Int64) throws(SQLError) -> Entry? {
        let rows = try connection.query(
            "SELECT place, CASE WHEN is_buried = 1 OR until < \(Self.now) THEN 1 ELSE 0 END FROM owner WHERE id = ?",
            owner
        )
        guard let row = rows.first else { return nil }
        return Entry(place: try row(0), hasExpired: try row(1) == 1)
    }

    /// The numbers of all other processes that have a row.
    func others(than owner: Int64) throws(SQLError) -> [Int64] {
        try connection.query("SELECT id FROM owner WHERE id <> ?", owner).map { row throws(SQLError) in try row(0) }
    }

    /// Buries a process, so that it can't renew its lease any more, and returns whether that was possible. A renewal that is
    /// under way at the same time decides it: one waits for the other's row.
    ///
    /// - Parameter isDead: whether the process is known to be dead, so that the lease doesn't matter.
    func bury(_ owner: Int64, isDead: Bool) throws(SQLError) -> Bool {
        let condition = isDead ? "" : " AND (is_buried = 1 OR until < \(Self.now))"
        return try connection.execute("UPDATE owner SET is_buried = 1 WHERE id = ?" + condition, owner) == 1
    }
}

extension PostgreSQLConnection {
    /// Renews the lease of a process, and returns whether it still had it.
    ///
    /// - Parameter limit: how long to wait for the server.
    func renewLease(of owner: Int64, for time: Duration, within limit: Duration) throws(SQLError) -> Bool {
        let renewal =
            "UPDATE owner SET until = \(OwnerTable.now) + \(time.microseconds) WHERE id = \(owner) AND is_buried = 0"
        return try run(renewal, within: limit).first?.count == 1
    }
}

extension Duration {
    fileprivate var microseconds: Int64 { nanoseconds / 1000 }
}
