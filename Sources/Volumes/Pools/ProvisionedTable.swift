internal import SQL
internal import SQLStore
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about the provisioned capacity of pools, and nothing else.
///
/// It is changed only in the transaction that changes the volume's row: `VolumeTable.provisioned()` sums the rows, and the
/// two have to agree after every commit. Its cost doesn't grow with the number of volumes.
struct ProvisionedTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "provisioned",
        steps: [
            """
            CREATE TABLE pool_provisioned (
                pool TEXT PRIMARY KEY,
                volumes INTEGER NOT NULL DEFAULT 0 CHECK (volumes >= 0),
                bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
                backing TEXT
            ) STRICT;
            INSERT INTO pool_provisioned (pool, volumes, bytes)
                SELECT pool, COUNT(*), iif(
                    SUM(size >> 20) + (SUM(size & 0xFFFFF) >> 20) < 1 << 43,
                    (SUM(size >> 20) << 20) + SUM(size & 0xFFFFF), 9223372036854775807
                )
                FROM volume WHERE pool IS NOT NULL GROUP BY pool;
            """
        ]
    )

    func all() throws -> [String: ProvisionedCapacity] {
        let rows = try connection.query("SELECT pool, volumes, bytes, backing FROM pool_provisioned")
        return try rows.reduce(into: [:]) { pools, row in
            guard let size = ByteCount(bytes: try row(2)) else { throw row.mistake(in: 2, "is no size") }
            pools[try row(0)] = ProvisionedCapacity(volumes: try row(1), size: size, backing: try row(3))
        }
    }

    /// Counts one volume of `size` more.
    func add(_ size: ByteCount, to pool: String) throws {
        try connection.execute(
            """
            INSERT INTO pool_provisioned (pool, volumes, bytes) VALUES (?, 1, ?)
            ON CONFLICT (pool) DO UPDATE SET
                volumes = pool_provisioned.volumes + 1, bytes = pool_provisioned.bytes + excluded.bytes
            """,
            pool,
            size.bytes
        )
    }

    /// Counts one volume of `size` less. A volume whose record is damaged can be removed, too.
    func remove(_ size: ByteCount, from pool: String) throws {
        try connection.execute(
            "UPDATE pool_provisioned SET volumes = max(0, volumes - 1), bytes = max(0, bytes - ?) WHERE pool = ?",
            size.bytes,
            pool
        )
    }

    /// Counts all volumes of a pool as those of another.
    func move(allIn pool: String, to newPool: String) throws {
        try connection.execute(
            """
            INSERT INTO pool_provisioned (pool, volumes, bytes, backing)
                SELECT ?, volumes, bytes, backing FROM pool_provisioned WHERE pool = ?
            ON CONFLICT (pool) DO UPDATE SET
                volumes = pool_provisioned.volumes + excluded.volumes, bytes = pool_provisioned.bytes + excluded.bytes
            """,
            newPool,
            pool
        )
        try connection.execute("DELETE FROM pool_provisioned WHERE pool = ?", pool)
    }

    /// Notes where the pool takes its room from, for the time when it is not asked.
    func note(_ backing: String?, of pool: String) throws {
        try connection.execute(
            """
            INSERT INTO pool_provisioned (pool, backing) VALUES (?, ?)
            ON CONFLICT (pool) DO UPDATE SET backing = excluded.backing
            """,
            pool,
            backing
        )
    }
}
