internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about groups and their members, and nothing else.
struct GroupTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "volume_group",
        steps: [
            """
            CREATE TABLE volume_group (
                id TEXT PRIMARY KEY,
                project TEXT NOT NULL,
                name TEXT NOT NULL,
                description TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                UNIQUE (project, name)
            ) STRICT;
            CREATE TABLE group_type (
                group_id TEXT NOT NULL,
                type TEXT NOT NULL,
                PRIMARY KEY (group_id, type)
            ) STRICT;
            CREATE INDEX group_type_by_type ON group_type (type);
            """
        ]
    )

    /// Stores a new group, whose name no other group of the project has.
    func insert(_ group: VolumeGroup) throws {
        try connection.write(
            "INSERT INTO volume_group (id, project, name, description, created_at) VALUES (?, ?, ?, ?, ?)",
            group.id,
            group.project,
            group.name.description,
            group.description,
            group.createdAt
        )
        for type in group.types {
            try connection.write("INSERT INTO group_type (group_id, type) VALUES (?, ?)", group.id, type)
        }
    }

    /// Replaces a group's name and description.
    func update(_ id: GroupID, name: VolumeName, description: String) throws {
        try connection.write(
            "UPDATE volume_group SET name = ?, description = ? WHERE id = ?",
            name.description,
            description,
            id
        )
    }

    /// Removes a group without volumes.
    ///
    /// - Returns: whether it was removed.
    func remove(_ id: GroupID) throws -> Bool {
        let removed = try connection.execute(
            "DELETE FROM volume_group WHERE id = ? AND NOT EXISTS (SELECT 1 FROM volume WHERE group_id = ?)",
            id,
            id
        )
        if removed == 1 { try connection.write("DELETE FROM group_type WHERE group_id = ?", id) }
        return removed == 1
    }

    /// Returns the project's group with this complete name or id.
    func find(_ reference: String, project: String) throws -> VolumeGroup? {
        try connection.query(
            "\(Self.selection) WHERE project = ? AND (name = ? OR id = ?)",
            project,
            reference,
            reference.lowercased()
        )
        .first.map(decoded)
    }

    func find(_ id: GroupID) throws -> VolumeGroup? {
        try connection.query("\(Self.selection) WHERE id = ?", id).first.map(decoded)
    }

    /// The project's groups, by their names.
    func list(project: String) throws -> [VolumeGroup] {
        try connection.query("\(Self.selection) WHERE project = ? ORDER BY name", project).map(decoded)
    }

    /// The name and the project of a group that takes volumes of this type by its name; `nil` if there is none.
    func oneTaking(_ type: String) throws -> (name: String, project: String)? {
        try connection
            .query(
                "SELECT name, project FROM group_type JOIN volume_group ON volume_group.id = group_id WHERE type = ? LIMIT 1",
                type
            )
            .first.map { (try $0(0), try $0(1)) }
    }

    /// The quota that the project's groups use.
    func amounts(project: String) throws -> QuotaAmounts {
        let rows = try connection.query("SELECT COUNT(*) FROM volume_group WHERE project = ?", project)
        return [.groups: try rows.first?(0) ?? 0]
    }

    /// Puts a volume into a group, or takes it out of its group.
    func move(_ volume: VolumeID, to group: GroupID?) throws {
        try connection.write("UPDATE volume SET group_id = ? WHERE id = ?", group, volume)
    }

    private static let selection = """
        SELECT id, project, name, description, created_at,
            (SELECT COUNT(*) FROM volume WHERE volume.group_id = volume_group.id)
        FROM volume_group
        """

    private func decoded(_ row: SQLRow) throws -> VolumeGroup {
        try row.decoded(of: "volume_group", name: 2) { row in
            let id: GroupID = try row(0)
            let types = try connection.query("SELECT type FROM group_type WHERE group_id = ? ORDER BY type", id)
            return VolumeGroup(
                id: id,
                project: try row(1),
                name: try VolumeName(validating: try row(2), as: "group"),
                description: try row(3),
                types: try types.map { try $0(0) },
                volumes: try row(5),
                createdAt: try row(4)
            )
        }
    }
}
