internal import FoundationEssentials
internal import SQL
internal import SQLStore
internal import VolumeAPI

/// Every statement about disabled pools, and nothing else.
struct PoolStateTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "disabled_pool",
        steps: [
            """
            CREATE TABLE disabled_pool (
                pool TEXT PRIMARY KEY,
                disabled_at INTEGER NOT NULL,
                disabled_by TEXT NOT NULL,
                reason TEXT NOT NULL,
                is_draining INTEGER NOT NULL
            ) STRICT;
            """
        ]
    )

    /// The disabled pools by their names.
    func all() throws -> [String: PoolDisabling] { try fetchAll().value() }

    func fetchAll() throws -> Fetched<[String: PoolDisabling]> {
        try connection.fetch("SELECT pool, disabled_at, disabled_by, reason, is_draining FROM disabled_pool")
            .map { rows in
                try rows.reduce(into: [:]) { pools, row in
                    pools[try row(0)] = PoolDisabling(
                        since: try row(1),
                        user: try row(2),
                        reason: try row(3),
                        isDraining: try row(4, as: Int.self) != 0
                    )
                }
            }
    }

    /// Disables a pool. One that is disabled keeps its time.
    func disable(_ pool: String, by user: String, reason: String, drains: Bool, at time: Date) throws {
        try connection.write(
            """
            INSERT INTO disabled_pool (pool, disabled_at, disabled_by, reason, is_draining) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (pool) DO UPDATE SET
                disabled_by = excluded.disabled_by, reason = excluded.reason, is_draining = excluded.is_draining
            """,
            pool,
            time,
            user,
            reason,
            drains ? 1 : 0
        )
    }

    /// Enables a pool.
    ///
    /// - Returns: whether it was disabled.
    func enable(_ pool: String) throws -> Bool {
        try connection.execute("DELETE FROM disabled_pool WHERE pool = ?", pool) == 1
    }

    func rename(_ pool: String, to newName: String) throws {
        try connection.write("DELETE FROM disabled_pool WHERE pool = ?", newName)
        try connection.write("UPDATE disabled_pool SET pool = ? WHERE pool = ?", newName, pool)
    }
}
