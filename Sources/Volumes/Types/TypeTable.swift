internal import FoundationEssentials
internal import SQL
internal import SQLStore
internal import VolumeAPI

/// Every statement about volume types, and nothing else.
struct TypeTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "volume_type",
        steps: [
            """
            CREATE TABLE volume_type (
                name TEXT PRIMARY KEY,
                description TEXT NOT NULL,
                extra_specs TEXT NOT NULL,
                created_at INTEGER NOT NULL
            ) STRICT;
            """,
            """
            ALTER TABLE volume_type ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0;
            CREATE TABLE type_access (
                type TEXT NOT NULL,
                project TEXT NOT NULL,
                PRIMARY KEY (type, project)
            ) STRICT;
            """,
        ]
    )

    /// Stores a new type.
    ///
    /// - Returns: whether there was no type of that name.
    func insert(_ type: VolumeType) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO volume_type (name, description, extra_specs, is_private, created_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (name) DO NOTHING
            """,
            type.name,
            type.description,
            StoredWords.text(type.extraSpecs),
            type.projects == nil ? 0 : 1,
            type.createdAt
        ) == 1
    }

    /// Replaces a type's description, extra specs and access list.
    func update(_ type: VolumeType) throws {
        try connection.execute(
            "UPDATE volume_type SET description = ?, extra_specs = ?, is_private = ? WHERE name = ?",
            type.description,
            StoredWords.text(type.extraSpecs),
            type.projects == nil ? 0 : 1,
            type.name
        )
        try setAccess(to: type)
    }

    /// Records which projects may use a private type.
    func setAccess(to type: VolumeType) throws {
        try connection.execute("DELETE FROM type_access WHERE type = ?", type.name)
        for project in type.projects ?? [] {
            try connection.execute("INSERT INTO type_access (type, project) VALUES (?, ?)", type.name, project)
        }
    }

    func find(_ name: String) throws -> VolumeType? {
        try connection.query("SELECT \(Self.columns) FROM volume_type WHERE name = ?", name)
            .first
            .map { row in
                let access = try connection.query("SELECT type, project FROM type_access WHERE type = ?", name)
                return try row.decoded(of: "volume_type", name: 0) { try Self.type($0, Self.projects(access)) }
            }
    }

    /// Returns the type of this name, if the project may use it.
    func find(_ name: String, for project: String) throws -> VolumeType? {
        try find(name).flatMap { $0.isUsable(by: project) ? $0 : nil }
    }

    /// All types, by their names.
    func list() throws -> [VolumeType] {
        let projects = try Self.projects(connection.query("SELECT type, project FROM type_access"))
        return try connection.query("SELECT \(Self.columns) FROM volume_type ORDER BY name")
            .map { try Self.type($0, projects) }
    }

    /// Removes a type that no volume has.
    ///
    /// - Returns: whether it was removed.
    func remove(_ name: String) throws -> Bool {
        let removed = try connection.execute(
            "DELETE FROM volume_type WHERE name = ? AND NOT EXISTS (SELECT 1 FROM volume WHERE type = ?)",
            name,
            name
        )
        if removed == 1 { try connection.execute("DELETE FROM type_access WHERE type = ?", name) }
        return removed == 1
    }

    private static let columns = "name, description, extra_specs, created_at, is_private"

    private static func type(_ row: SQLRow, _ projects: [String: [String]]) throws -> VolumeType {
        let name: String = try row(0)
        return VolumeType(
            name: name,
            description: try row(1),
            extraSpecs: try StoredWords.read(row, 2),
            projects: try row(4, as: Int.self) == 0 ? nil : projects[name] ?? [],
            createdAt: try row(3)
        )
    }

    /// The projects with access, by type and in order.
    private static func projects(_ rows: [SQLRow]) throws -> [String: [String]] {
        try rows.reduce(into: [:]) { projects, row in projects[try row(0), default: []].append(try row(1)) }
            .mapValues { $0.sorted() }
    }
}
