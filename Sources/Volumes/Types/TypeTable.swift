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
            """
        ]
    )

    /// Stores a new type.
    ///
    /// - Returns: whether there was no type of that name.
    func insert(_ type: VolumeType) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO volume_type (name, description, extra_specs, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (name) DO NOTHING
            """,
            type.name,
            type.description,
            StoredWords.text(type.extraSpecs),
            type.createdAt
        ) == 1
    }

    /// Replaces a type's description and extra specs.
    func update(_ type: VolumeType) throws {
        try connection.execute(
            "UPDATE volume_type SET description = ?, extra_specs = ? WHERE name = ?",
            type.description,
            StoredWords.text(type.extraSpecs),
            type.name
        )
    }

    func find(_ name: String) throws -> VolumeType? {
        try connection.query("SELECT \(Self.columns) FROM volume_type WHERE name = ?", name)
            .first.map { try $0.decoded(of: "volume_type", name: 0, by: Self.type) }
    }

    /// All types, by their names.
    func list() throws -> [VolumeType] {
        try connection.query("SELECT \(Self.columns) FROM volume_type ORDER BY name").map(Self.type)
    }

    /// Removes a type that no volume has.
    ///
    /// - Returns: whether it was removed.
    func remove(_ name: String) throws -> Bool {
        try connection.execute(
            "DELETE FROM volume_type WHERE name = ? AND NOT EXISTS (SELECT 1 FROM volume WHERE type = ?)",
            name,
            name
        ) == 1
    }

    private static let columns = "name, description, extra_specs, created_at"

    private static func type(_ row: SQLRow) throws -> VolumeType {
        VolumeType(
            name: try row(0),
            description: try row(1),
            extraSpecs: try StoredWords.read(row, 2),
            createdAt: try row(3)
        )
    }
}
