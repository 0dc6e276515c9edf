internal import SQL
internal import SQLStore
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about the provisioned capacity of pools, and nothing else.
///
/// It is changed only in the transactions that change volumes' rows, so that it equals the sum over the rows,
/// `VolumeTable.provisioned()`, after every commit. Reading it costs the same for any number of volumes.
struct ProvisionedTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "provisioned",
        steps: [
            Schema.Step(
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
                """,
                onPostgreSQL: """
                    CREATE TABLE pool_provisioned (
                        pool TEXT PRIMARY KEY,
                        volumes INTEGER NOT NULL DEFAULT 0 CHECK (volumes >= 0),
                        bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
                        backing TEXT
                    );
                    """
            )
        ]
    )

    func all() throws -> [String: ProvisionedCapacity] { try fetchAll().value() }

    func fetchAll() throws -> Fetched<[String: ProvisionedCapacity]> {
        try connection.fetch("SELECT pool, volumes, bytes, backing FROM pool_provisioned")
            .map { rows in
                try rows.reduce(into: [:]) { pools, row in
                    guard let size = ByteCount(bytes: try row(2)) else { throw row.mistake(in: 2, "is no size") }
                    pools[try row(0)] = ProvisionedCapacity(volumes: try row(1), size: size, backing: try row(3))
                }
            }
    }

    /// Adds a volume of `size`.
    func add(_ size: ByteCount, to pool: String) throws {
        try connection.write(
            """
            INSERT INTO pool_provisioned (pool, volumes, bytes) VALUES (?, 1, ?)
            ON CONFLICT (pool) DO UPDATE SET
                volumes = pool_provisioned.volumes + 1, bytes = pool_provisioned.bytes + excluded.bytes
            """,
            pool,
            size.bytes
        )
    }

    /// Subtracts a volume of `size`; never below zero, so that a volume with a damaged record can be removed.
    func remove(_ size: ByteCount, from pool: String) throws {
        try connection.write(
            """
            UPDATE pool_provisioned SET
                volumes = CASE WHEN volumes > 0 THEN volumes - 1 ELSE 0 END,
                bytes = CASE WHEN bytes > ? THEN bytes - ? ELSE 0 END
            WHERE pool = ?
            """,
            size.bytes,
            size.bytes,
            pool
        )
    }

    /// Adds to the provisioned capacity without a change of the number of volumes.
    func change(by bytes: Int64, in pool: String) throws {
        try connection.write(
            "UPDATE pool_provisioned SET bytes = CASE WHEN bytes + ? > 0 THEN bytes + ? ELSE 0 END WHERE pool = ?",
            bytes,
            bytes,
            pool
        )
    }

    /// Moves the capacity of all of a pool's volumes to another pool.
    func move(allIn pool: String, to newPool: String) throws {
        try connection.write(
            """
            INSERT INTO pool_provisioned (pool, volumes, bytes, backing)
                SELECT ?, volumes, bytes, backing FROM pool_provisioned WHERE pool = ?
            ON CONFLICT (pool) DO UPDATE SET
                volumes = pool_provisioned.volumes + excluded.volumes, bytes = pool_provisioned.bytes + excluded.bytes
            """,
            newPool,
            pool
        )
        try connection.write("DELETE FROM pool_provisioned WHERE pool = ?", pool)
    }

    /// Records where the pool's space comes from, for requests that do not ask this pool.
    func note(_ backing: String?, of pool: String) throws {
        try connection.write(
            """
            INSERT INTO pool_provisioned (pool, backing) VALUES (?, ?)
            ON CONFLICT (pool) DO UPDATE SET backing = excluded.backing
            """,
            pool,
            backing
        )
    }
}
