internal import SQLStore
internal import VolumeDriver

/// Every statement about quota usage, and nothing else.
///
/// Usage is changed only in the transaction that changes the volume's row; `VolumeTable.usage` counts the rows, and the
/// two have to agree after every commit.
struct QuotaTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "quota",
        steps: [
            """
            CREATE TABLE quota_usage (
                project TEXT PRIMARY KEY,
                volumes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (volumes_in_use >= 0),
                bytes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (bytes_in_use >= 0),
                volumes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (volumes_reserved >= 0),
                bytes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (bytes_reserved >= 0)
            ) STRICT;
            """
        ]
    )

    func usage(of project: String) throws -> QuotaUsage {
        let rows = try connection.query(
            """
            SELECT volumes_in_use, bytes_in_use, volumes_reserved, bytes_reserved
            FROM quota_usage WHERE project = ?
            """,
            project
        )
        guard let row = rows.first else { return QuotaUsage() }
        return QuotaUsage(
            inUse: QuotaAmount(volumes: try row(0), size: ByteCount(bytes: try row(1)) ?? .zero),
            reserved: QuotaAmount(volumes: try row(2), size: ByteCount(bytes: try row(3)) ?? .zero)
        )
    }

    /// Reserves one volume of `size`.
    func reserve(_ size: ByteCount, for project: String) throws {
        try connection.execute(
            """
            INSERT INTO quota_usage (project, volumes_reserved, bytes_reserved) VALUES (?, 1, ?)
            ON CONFLICT (project) DO UPDATE SET
                volumes_reserved = quota_usage.volumes_reserved + excluded.volumes_reserved,
                bytes_reserved = quota_usage.bytes_reserved + excluded.bytes_reserved
            """,
            project,
            size.bytes
        )
    }

    /// Gives back one reserved volume of `size`.
    func cancelReservation(_ size: ByteCount, for project: String) throws {
        try connection.execute(
            """
            UPDATE quota_usage SET volumes_reserved = volumes_reserved - 1, bytes_reserved = bytes_reserved - ?
            WHERE project = ?
            """,
            size.bytes,
            project
        )
    }

    /// Turns one reserved volume of `size` into one in use.
    func commit(_ size: ByteCount, for project: String) throws {
        try cancelReservation(size, for: project)
        try connection.execute(
            "UPDATE quota_usage SET volumes_in_use = volumes_in_use + 1, bytes_in_use = bytes_in_use + ? WHERE project = ?",
            size.bytes,
            project
        )
    }

    /// Gives back one volume of `size` that was in use.
    func release(_ size: ByteCount, for project: String) throws {
        try connection.execute(
            "UPDATE quota_usage SET volumes_in_use = volumes_in_use - 1, bytes_in_use = bytes_in_use - ? WHERE project = ?",
            size.bytes,
            project
        )
    }
}
