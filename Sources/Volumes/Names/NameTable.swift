internal import SQL

/// Every statement that finds names by their beginnings. Each reads a bounded number of rows, whatever is stored.
struct NameTable {
    let connection: any SQLConnection
    /// The beginning of the names.
    let prefix: String
    /// The maximum number of names.
    static let limit = 500
    /// The maximum number of volumes that are searched for snapshots.
    private static let candidates = 10_000

    /// A text that is greater than all that start with the prefix.
    private var end: String { prefix + "\u{10FFFF}" }

    func volumes(of project: String) throws -> [String] {
        try names(
            "SELECT name FROM volume WHERE project = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
            project,
            prefix,
            end,
            Self.limit
        )
    }

    /// Returns snapshots as `volume@name`, of which the prefix is the beginning of the volume's name.
    func snapshotsOfVolumes(of project: String) throws -> [String] {
        try names(
            """
            SELECT v.name || '@' || snapshot.name
            FROM (SELECT id, name FROM volume WHERE project = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?) AS v
                JOIN snapshot ON snapshot.volume = v.id AND snapshot.name IS NOT NULL
            LIMIT ?
            """,
            project,
            prefix,
            end,
            Self.candidates,
            Self.limit
        )
    }

    /// Returns the names of a volume's snapshots.
    func snapshots(of volume: String, project: String) throws -> [String] {
        try names(
            """
            SELECT snapshot.name FROM volume JOIN snapshot ON snapshot.volume = volume.id
            WHERE volume.project = ? AND volume.name = ? AND snapshot.name >= ? AND snapshot.name < ?
            ORDER BY snapshot.name LIMIT ?
            """,
            project,
            volume,
            prefix,
            end,
            Self.limit
        )
    }

    /// Returns the types that the project may use.
    func types(for project: String) throws -> [String] {
        try names(
            """
            SELECT name FROM volume_type WHERE name >= ? AND name < ? AND (
                is_private = 0
                OR EXISTS (SELECT 1 FROM type_access WHERE type = volume_type.name AND type_access.project = ?)
            ) ORDER BY name LIMIT ?
            """,
            prefix,
            end,
            project,
            Self.limit
        )
    }

    func qosSpecs() throws -> [String] {
        try names("SELECT name FROM qos WHERE name >= ? AND name < ? ORDER BY name LIMIT ?", prefix, end, Self.limit)
    }

    func groups(of project: String) throws -> [String] {
        try names(
            "SELECT name FROM volume_group WHERE project = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
            project,
            prefix,
            end,
            Self.limit
        )
    }

    /// Returns the ids of flows, among the project's newest.
    func flows(of project: String) throws -> [String] {
        try names(
            """
            SELECT id FROM (SELECT id FROM flow WHERE scope = ? ORDER BY number DESC LIMIT ?) AS newest
            WHERE id >= ? AND id < ?
            """,
            project,
            Self.limit,
            prefix,
            end
        )
    }

    /// Returns the projects that use or used something, have limits of their own or access to private types.
    func projects() throws -> [String] {
        try names(
            """
            SELECT project FROM quota WHERE project >= ? AND project < ?
            UNION SELECT project FROM type_access WHERE project >= ? AND project < ? ORDER BY project LIMIT ?
            """,
            prefix,
            end,
            prefix,
            end,
            Self.limit
        )
    }

    private func names(_ statement: String, _ arguments: any SQLConvertible...) throws -> [String] {
        try connection.query(statement, arguments).map { try $0(0) }
    }
}
