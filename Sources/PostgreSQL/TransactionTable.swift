internal import FoundationEssentials
internal import SQL

/// The statements that begin and end transactions, and those about their markers.
///
/// A transaction that has written inserts a marker at its commit. When the answer to the commit is lost, another connection
/// inserts the same marker: the server lets it wait until the transaction has ended, and refuses it if the transaction was
/// committed. If it is inserted, the transaction can't be committed any more.
struct TransactionTable {
    let connection: PostgreSQLConnection

    /// Begins a transaction that writes, as soon as no other one holds one of its keys: with the first exchange with the
    /// server, or at once if there is a limit to the wait.
    ///
    /// Each statement sees all that is committed when it begins, which is all there is under these keys.
    ///
    /// - Parameters:
    ///   - lock: the number of the lock that all transactions hold: shared if they have keys, otherwise alone.
    ///   - keys: the keys; `nil` for all.
    ///   - patience: how long to wait for the lock; `nil` for the connection's usual patience.
    func begin(locking lock: Int64, under keys: [SQLKey]? = nil, patience: Duration? = nil) throws(SQLError) {
        (connection.heldKeys, connection.keySeed) = (HeldKeys(keys), lock)
        try connection.begin(["BEGIN"], isReading: false)
        guard let patience else { return try take(lock, keys) }
        try connection.put(Self.waiting, [String(max(1, patience.milliseconds))])
        try take(lock, keys)
        try connection.put(Self.waiting, [String(PostgreSQLConnection.patience.milliseconds)])
        // The body must not be called later.
        try connection.resolve()
    }

    private func take(_ lock: Int64, _ keys: [SQLKey]?) throws(SQLError) {
        guard let keys else { return try connection.put(Self.locking, [lock]) }
        try connection.put(Self.sharing, [lock])
        for key in keys.inOrder { try connection.put(Self.locking, [key.number(seed: lock)]) }
    }

    private static let sharing = "SELECT pg_advisory_xact_lock_shared(CAST(? AS BIGINT))"
    fileprivate static let locking = "SELECT pg_advisory_xact_lock(CAST(? AS BIGINT))"
    private static let waiting = "SELECT set_config('lock_timeout', ?, true)"

    /// Begins a transaction that reads, on one snapshot.
    func beginReading() throws(SQLError) {
        try connection.begin(["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"], isReading: true)
    }

    /// Ends a transaction without effect.
    func rollback() { connection.rollback() }

    /// Sends what is deferred if nothing of the transaction has been sent, so that it can be sent again if the connection
    /// turns out to be lost: with the commit it can't.
    func prepareCommit() throws(SQLError) { try connection.sendBeginning() }

    /// Begins a transaction that reads while no other one writes. Each of its statements has a snapshot of its own, but all
    /// are equal; one for all would be from before the lock.
    ///
    /// - Parameter lock: the number of the lock that all transactions that write hold.
    func beginReading(locking lock: Int64) throws(SQLError) {
        try connection.begin(["BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"], isReading: true)
        try connection.put(Self.locking, [lock])
    }

    /// Commits the transaction.
    ///
    /// - Parameter marker: the transaction's marker; `nil` if it has changed nothing.
    func commit(_ marker: Int64?) throws(SQLError) {
        try connection.requireIntact()
        // What has changed nothing needs no commit.
        guard connection.hasWritten else { return connection.rollback() }
        if let marker {
            // The outcome of the connection's previous transaction is known.
            if let last = connection.lastMarker {
                try connection.put("DELETE FROM commit_marker WHERE id = ?", [last])
            }
            try connection.put("INSERT INTO commit_marker (id) VALUES (?)", [marker])
        }
        try connection.put("COMMIT")
        // A transaction that has failed is rolled back by COMMIT, without an error.
        guard try connection.resolve()?.tag == "COMMIT" else {
            throw SQLError(.statement, "the transaction had failed, and was rolled back", statement: "COMMIT")
        }
        if let marker { connection.lastMarker = marker }
    }

    /// Whether the transaction with this marker was committed. If it wasn't, it never will be.
    func settle(_ marker: Int64) throws(SQLError) -> Bool {
        try connection.run("INSERT INTO commit_marker (id, is_settled) VALUES (\(marker), 1) ON CONFLICT DO NOTHING")
        let rows = try connection.query("SELECT is_settled FROM commit_marker WHERE id = ?", marker)
        guard let row = rows.first else { throw SQLError(.corrupt, "the marker of a transaction is gone") }
        return try row(0) == 0
    }

    /// Removes the markers of connections that ended long ago.
    func prune() throws(SQLError) {
        try connection.run("DELETE FROM commit_marker WHERE at < clock_timestamp() - INTERVAL '7 days'")
    }

    static let schema = Schema(
        name: "postgresql",
        steps: [
            """
            CREATE TABLE commit_marker (
                id BIGINT PRIMARY KEY,
                is_settled INTEGER NOT NULL DEFAULT 0,
                at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX commit_marker_by_age ON commit_marker (at);
            """
        ]
    )
}

// Queries whose SQL differs between databases.
extension PostgreSQLConnection {
    func acquire(_ key: SQLKey) throws(SQLError) {
        try put(TransactionTable.locking, [key.number(seed: keySeed)])
    }

    func time() throws(SQLError) -> Date {
        let rows = try query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)", [])
        guard let row = rows.first else { throw SQLError(.corrupt, "the database does not know the time") }
        return try row(0)
    }

    func hasTable(_ name: String) throws(SQLError) -> Bool {
        try !query("SELECT 1 WHERE to_regclass(quote_ident(?)) IS NOT NULL", [name]).isEmpty
    }
}
