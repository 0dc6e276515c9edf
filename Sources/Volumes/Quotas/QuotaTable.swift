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
            SELECT project, volumes_in_use, bytes_in_use, volumes_reserved, bytes_reserved
            FROM quota_usage WHERE project = ?
            """,
            project
        )
        return try rows.first?.decoded(of: "quota_usage", by: Self.usage) ?? QuotaUsage()
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

    /// Turns one reserved volume of a size into one of another.
    func resizeReservation(from size: ByteCount, to newSize: ByteCount, for project: String) throws {
        guard size != newSize else { return }
        try cancelReservation(size, for: project)
        try reserve(newSize, for: project)
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

    private static func usage(_ row: SQLRow) throws -> QuotaUsage {
        QuotaUsage(inUse: try amount(row, 1), reserved: try amount(row, 3))
    }

    /// A number of volumes, and in the next column their size.
    private static func amount(_ row: SQLRow, _ column: Int) throws -> QuotaAmount {
        guard let size = ByteCount(bytes: try row(column + 1)) else { throw row.mistake(in: column + 1, "is no size") }
        return QuotaAmount(volumes: try row(column), size: size)
    }
}
