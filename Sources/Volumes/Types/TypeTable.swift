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
            "ALTER TABLE volume_type ADD COLUMN encryption TEXT NOT NULL DEFAULT '{}';",
        ]
    )

    /// Stores a new type.
    ///
    /// - Returns: whether there was no type of that name.
    func insert(_ type: VolumeType) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO volume_type (name, description, extra_specs, is_private, encryption, created_at)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO NOTHING
            """,
            type.name,
            type.description,
            StoredWords.text(type.extraSpecs),
            type.projects == nil ? 0 : 1,
            Self.text(type.encryption),
            type.createdAt
        ) == 1
    }

    /// Replaces a type's description, extra specs, encryption and access list.
    func update(_ type: VolumeType) throws {
        try connection.write(
            "UPDATE volume_type SET description = ?, extra_specs = ?, is_private = ?, encryption = ? WHERE name = ?",
            type.description,
            StoredWords.text(type.extraSpecs),
            type.projects == nil ? 0 : 1,
            Self.text(type.encryption),
            type.name
        )
        try setAccess(to: type)
    }

    /// Records which projects may use a private type.
    func setAccess(to type: VolumeType) throws {
        try connection.write("DELETE FROM type_access WHERE type = ?", type.name)
        for project in type.projects ?? [] {
            try connection.write("INSERT INTO type_access (type, project) VALUES (?, ?)", type.name, project)
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

    /// The projects that may use private types, by their names.
    func projectsWithAccess() throws -> [String] {
        try connection.query("SELECT DISTINCT project FROM type_access ORDER BY project").map { try $0(0) }
    }

    /// How volumes of a type are encrypted; `nil` for not at all, also without a type.
    func encryption(of type: String?) throws -> VolumeEncryption? { try type.flatMap { try find($0)?.encryption } }

    /// Whether a volume has the type.
    func isUsed(_ name: String) throws -> Bool {
        try !connection.query("SELECT 1 FROM volume WHERE type = ? LIMIT 1", name).isEmpty
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
        if removed == 1 { try connection.write("DELETE FROM type_access WHERE type = ?", name) }
        return removed == 1
    }

    private static let columns = "name, description, extra_specs, created_at, is_private, encryption"

    private static func type(_ row: SQLRow, _ projects: [String: [String]]) throws -> VolumeType {
        let name: String = try row(0)
        return VolumeType(
            name: name,
            description: try row(1),
            extraSpecs: try StoredWords.read(row, 2),
            projects: try row(4, as: Int.self) == 0 ? nil : projects[name] ?? [],
            encryption: try encryption(row, 5),
            createdAt: try row(3)
        )
    }

    private static func text(_ encryption: VolumeEncryption?) throws -> String {
        var words: [String: String] = [:]
        words["provider"] = encryption?.provider
        words["cipher"] = encryption?.cipher
        words["key_size"] = encryption?.keySize?.description
        words["control_location"] = encryption?.controlLocation.rawValue
        return try StoredWords.text(words)
    }

    private static func encryption(_ row: SQLRow, _ column: Int) throws -> VolumeEncryption? {
        let words = try StoredWords.read(row, column)
        guard let provider = words["provider"] else { return nil }
        guard let location = VolumeEncryption.ControlLocation(rawValue: words["control_location"] ?? "") else {
            throw row.mistake(in: column, "is no encryption")
        }
        return VolumeEncryption(
            provider: provider,
            cipher: words["cipher"],
            keySize: words["key_size"].flatMap { Int($0) },
            controlLocation: location
        )
    }

    /// The projects with access, by type and in order.
    private static func projects(_ rows: [SQLRow]) throws -> [String: [String]] {
        try rows.reduce(into: [:]) { projects, row in projects[try row(0), default: []].append(try row(1)) }
            .mapValues { $0.sorted() }
    }
}
