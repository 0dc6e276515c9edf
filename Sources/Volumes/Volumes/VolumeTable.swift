internal import FoundationEssentials
internal import Identity
public import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about volumes, and nothing else.
struct VolumeTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "volume",
        steps: [
            """
            CREATE TABLE volume (
                number INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                project TEXT NOT NULL,
                name TEXT,
                size INTEGER NOT NULL CHECK (size > 0),
                pool TEXT,
                status TEXT NOT NULL,
                is_reserved INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                flow TEXT NOT NULL,
                last_error TEXT,
                UNIQUE (project, name)
            ) STRICT;
            CREATE INDEX volume_by_pool ON volume (pool, size);
            """,
            // The request was stored in the flow only.
            Schema.Step(
                """
                CREATE TABLE new_volume (
                    number INTEGER PRIMARY KEY,
                    id TEXT NOT NULL UNIQUE,
                    project TEXT NOT NULL,
                    name TEXT,
                    size INTEGER NOT NULL CHECK (size >= 0),
                    pool TEXT,
                    status TEXT NOT NULL,
                    is_reserved INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    flow TEXT NOT NULL,
                    last_error TEXT,
                    requested_size INTEGER,
                    requested_percent INTEGER,
                    requested_pool TEXT,
                    UNIQUE (project, name)
                ) STRICT;
                INSERT INTO new_volume
                    SELECT volume.*,
                        CASE json_type(request, '$.freePercent') WHEN 'integer' THEN NULL
                        ELSE iif(json_type(request, '$.size') = 'integer', json_extract(request, '$.size'), size) END,
                        iif(
                            json_type(request, '$.freePercent') = 'integer', json_extract(request, '$.freePercent'), NULL
                        ),
                        iif(json_type(request, '$.pool') = 'text', json_extract(request, '$.pool'), NULL)
                    FROM volume LEFT JOIN flow
                        ON flow.id = volume.flow AND flow.name = 'create-volume' AND json_valid(flow.request);
                DROP TABLE volume;
                ALTER TABLE new_volume RENAME TO volume;
                CREATE INDEX volume_by_pool ON volume (pool);
                """,
                onPostgreSQL: """
                    ALTER TABLE volume DROP CONSTRAINT volume_size_check;
                    ALTER TABLE volume ADD CHECK (size >= 0);
                    ALTER TABLE volume ADD COLUMN requested_size INTEGER;
                    ALTER TABLE volume ADD COLUMN requested_percent INTEGER;
                    ALTER TABLE volume ADD COLUMN requested_pool TEXT;
                    DROP INDEX volume_by_pool;
                    CREATE INDEX volume_by_pool ON volume (pool);
                    """
            ),
            """
            CREATE INDEX volume_by_project ON volume (project, number);
            CREATE INDEX volume_by_flow ON volume (flow);
            """,
            // The project was stored in the request of a creation only, and not at all in that of a removal.
            Schema.Step(
                """
                CREATE TABLE volume_project (volume TEXT PRIMARY KEY, project TEXT NOT NULL) STRICT;
                INSERT INTO volume_project
                    SELECT json_extract(request, '$.volume'), json_extract(request, '$.project') FROM flow
                    WHERE name = 'create-volume' AND json_valid(request)
                        AND json_type(request, '$.volume') = 'text' AND json_type(request, '$.project') = 'text'
                    ON CONFLICT (volume) DO NOTHING;
                UPDATE flow SET scope = (
                    SELECT project FROM volume_project WHERE volume = json_extract(request, '$.volume')
                ) WHERE json_valid(request);
                UPDATE flow SET scope = 'default' WHERE scope IS NULL;
                DROP TABLE volume_project;
                """,
                onPostgreSQL: """
                    UPDATE flow SET scope = 'default' WHERE scope IS NULL;
                    """
            ),
            """
            ALTER TABLE volume ADD COLUMN description TEXT NOT NULL DEFAULT '';
            ALTER TABLE volume ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
            ALTER TABLE volume ADD COLUMN is_protected INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE volume ADD COLUMN is_bootable INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE volume ADD COLUMN type TEXT;
            CREATE INDEX volume_by_type ON volume (type) WHERE type IS NOT NULL;
            """,
            """
            ALTER TABLE volume ADD COLUMN source_snapshot TEXT;
            ALTER TABLE volume ADD COLUMN source_volume TEXT;
            CREATE INDEX volume_by_source_snapshot ON volume (source_snapshot) WHERE source_snapshot IS NOT NULL;
            CREATE INDEX volume_by_source_volume ON volume (source_volume) WHERE source_volume IS NOT NULL;
            """,
            "ALTER TABLE volume ADD COLUMN source_image TEXT;",
            """
            ALTER TABLE volume ADD COLUMN other_pool TEXT;
            CREATE INDEX volume_by_other_pool ON volume (other_pool) WHERE other_pool IS NOT NULL;
            """,
            "ALTER TABLE volume ADD COLUMN is_read_only INTEGER NOT NULL DEFAULT 0;",
            """
            ALTER TABLE volume ADD COLUMN group_id TEXT;
            CREATE INDEX volume_by_group ON volume (group_id, number) WHERE group_id IS NOT NULL;
            """,
            "ALTER TABLE volume ADD COLUMN key_id TEXT;",
            "ALTER TABLE volume ADD COLUMN is_multiattach INTEGER NOT NULL DEFAULT 0;",
        ]
    )

    /// Inserts a volume in status `creating`.
    ///
    /// - Throws: `conflict` when the project has a volume of this name, or any project has one of this id.
    func insert(
        _ id: VolumeID,
        project: String,
        name: VolumeName?,
        requested: RequestedSize,
        pool: String?,
        type: String?,
        attributes: VolumeAttributes,
        sourceSnapshot: SnapshotID? = nil,
        sourceVolume: VolumeID? = nil,
        sourceImage: VolumeImage? = nil,
        flow: FlowID,
        at time: Date
    ) throws {
        let inserted = try connection.execute(
            """
            INSERT INTO volume (
                id, project, name, size, requested_size, requested_percent, requested_pool, source_snapshot,
                source_volume, source_image, status, created_at, updated_at, flow, type, description, labels, is_protected,
                is_bootable, is_read_only, is_multiattach, group_id, key_id
            )
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            id,
            project,
            name?.description,
            requested.reservation.bytes,
            requested.size?.bytes,
            requested.percent,
            pool,
            sourceSnapshot,
            sourceVolume,
            try sourceImage.map { try StoredWords.text(["path": $0.path, "format": $0.format.rawValue]) },
            VolumeStatus.creating,
            time,
            time,
            flow,
            type,
            attributes.description,
            try StoredWords.text(attributes.labels),
            attributes.isProtected ? 1 : 0,
            attributes.isBootable ? 1 : 0,
            attributes.isReadOnly ? 1 : 0,
            attributes.isMultiattach ? 1 : 0,
            attributes.group,
            attributes.keyID
        )
        guard inserted == 0 else { return }
        if let name, let other = try find(name: name, project: project) {
            throw VolumeError.nameTaken(name, by: other, to: "create volume \"\(name)\"")
        }
        throw VolumeError.idTaken(id)
    }

    /// Moves a volume to another status, provided that it is unchanged since `volume` was read.
    ///
    /// - Throws: `conflict` when ``VolumeStatus/successors`` has no such transition, or the volume has changed; `notFound` when
    ///   it has been given to another project.
    func move(_ volume: Volume, to status: VolumeStatus, flow: FlowID, error: String? = nil, at time: Date) throws {
        try requireOurs(volume)
        try requireTransition(of: volume, to: status)
        try connection.writeRow(
            "UPDATE volume SET status = ?, flow = ?, last_error = ?, updated_at = ? WHERE id = ? AND status = ? AND flow = ?",
            status,
            flow,
            error,
            time,
            volume.id,
            volume.status,
            volume.flow,
            orThrow: VolumeError.taken((try? find(volume.id)) ?? volume)
        )
    }

    /// Checks that a volume can move to another status.
    ///
    /// - Throws: `conflict` when ``VolumeStatus/successors`` has no such transition.
    func requireTransition(of volume: Volume, to status: VolumeStatus) throws {
        guard volume.status.successors.contains(status) else {
            guard volume.status == .inUse else { throw VolumeError.wrongStatus(volume, for: status) }
            let uses = try AttachmentTable(connection: connection).list(of: volume.id)
            throw VolumeError.inUse(volume, uses, for: status)
        }
    }

    /// Replaces the name and attributes of a volume that is not being removed.
    ///
    /// - Throws: `conflict` when it is being removed.
    func change(_ volume: Volume, name: VolumeName?, _ attributes: VolumeAttributes) throws {
        try connection.writeRow(
            """
            UPDATE volume SET name = ?, description = ?, labels = ?, is_protected = ?, is_bootable = ?,
                is_read_only = ?
            WHERE id = ? AND status <> ?
            """,
            name?.description,
            attributes.description,
            try StoredWords.text(attributes.labels),
            attributes.isProtected ? 1 : 0,
            attributes.isBootable ? 1 : 0,
            attributes.isReadOnly ? 1 : 0,
            volume.id,
            VolumeStatus.deleting,
            orThrow: VolumeError.taken(volume)
        )
    }

    func find(_ id: VolumeID) throws -> Volume? {
        try connection.query("SELECT \(Self.columns) FROM volume WHERE id = ?", id)
            .first.map(Self.decoded)
    }

    /// Returns the project's volume with this id.
    func find(_ id: VolumeID, project: String) throws -> Volume? {
        try find(id).flatMap { $0.project == project ? $0 : nil }
    }

    /// Returns the project's volume with this name; `nil` also for a text that is not a name.
    func find(named text: String, project: String) throws -> Volume? {
        guard let name = try? VolumeName(validating: text) else { return nil }
        return try find(name: name, project: project)
    }

    /// Records that a flow has failed and could not be undone: moves its volume from `status` to `failed`, if it is
    /// still in `status`.
    func record(_ end: FlowEnd, of id: VolumeID, in status: VolumeStatus, as failed: VolumeStatus) throws {
        guard let volume = try find(id), volume.status == status else { return }
        let reason = (end.failures + end.revertFailures).map(\.description).joined(separator: "; ")
        try move(volume, to: failed, flow: end.flow, error: reason, at: Date())
    }

    /// The volumes that a flow was the last to change.
    func list(touchedBy flow: FlowID) throws -> Listing<Volume> {
        try connection.query("SELECT \(Self.columns) FROM volume WHERE flow = ?", flow)
            .decoded(of: "volume", name: 2, by: Self.volume)
    }

    func find(name: VolumeName, project: String) throws -> Volume? {
        try connection.query(
            "SELECT \(Self.columns) FROM volume WHERE project = ? AND name = ?",
            project,
            name.description
        )
        .first.map(Self.decoded)
    }

    /// The project's volumes whose ids start with `prefix`, which is in lower case; at most `limit`.
    func list(project: String, prefix: String, limit: Int) throws -> Listing<Volume> {
        // Uses the index of ids, because that of projects would read all volumes of the project.
        try connection.query(
            "SELECT \(Self.columns) FROM volume WHERE id >= ? AND id < ? AND project || '' = ? ORDER BY id LIMIT ?",
            prefix,
            prefix + "g",
            project,
            limit
        )
        .decoded(of: "volume", name: 2, by: Self.volume)
    }

    /// The volume's place in lists.
    ///
    /// - Throws: `notFound`.
    func number(of volume: VolumeID) throws -> Int64 {
        try connection.query("SELECT number FROM volume WHERE id = ?", volume).first.orMissing(volume.description)(0)
    }

    /// The volumes of all projects, oldest first.
    func all() throws -> Listing<Volume> {
        try connection.query("SELECT \(Self.columns) FROM volume ORDER BY number")
            .decoded(of: "volume", name: 2, by: Self.volume)
    }

    /// The project's volumes with a number above `number`, oldest first, and the number of the last one.
    func list(project: String, after number: Int64, limit: Int) throws -> (Listing<Volume>, last: Int64?) {
        let rows = try connection.query(
            "SELECT \(Self.columns), number FROM volume WHERE project = ? AND number > ? ORDER BY number LIMIT ?",
            project,
            number,
            limit
        )
        return (rows.decoded(of: "volume", name: 2, by: Self.volume), try rows.last?(26))
    }

    /// The quota that the project's volumes use.
    func amounts(project: String) throws -> QuotaAmounts {
        let rows = try connection.query(
            "SELECT type, COUNT(*), \(Self.sums) FROM volume WHERE project = ? GROUP BY type",
            project
        )
        return try rows.reduce(into: [:]) { amounts, row in
            let ofType: QuotaAmounts = [.volumes: try row(1), .gigabytes: try Self.sum(row, 2).bytes]
            amounts.add(ofType.counting(for: try row(0)))
        }
    }

    static let columns =
        "id, project, name, size, pool, status, created_at, updated_at, flow, last_error, requested_size, "
        + "requested_percent, requested_pool, description, labels, is_protected, is_bootable, type, source_snapshot, source_volume, "
        + "source_image, is_read_only, key_id, group_id, "
        + "(SELECT volume_group.name FROM volume_group WHERE volume_group.id = volume.group_id), is_multiattach"

    private static func decoded(_ row: SQLRow) throws -> Volume { try row.decoded(of: "volume", name: 2, by: volume) }

    static func volume(_ row: SQLRow) throws -> Volume {
        Volume(
            id: try row(0),
            project: try row(1),
            name: try row(2, as: String?.self).map { try VolumeName(validating: $0) },
            size: try size(row, 3),
            requestedSize: RequestedSize(
                size: try row(10, as: Int64?.self).flatMap(ByteCount.init(bytes:)),
                percent: try row(11)
            ),
            requestedPool: try row(12),
            sourceSnapshot: try row(18),
            sourceVolume: try row(19),
            sourceImage: try image(row, 20),
            pool: try row(4),
            type: try row(17),
            group: try row(23),
            groupName: try row(24, as: String?.self).map { try VolumeName(validating: $0, as: "group") },
            status: try row(5),
            createdAt: try row(6),
            updatedAt: try row(7),
            flow: try row(8),
            lastError: try row(9),
            attributes: VolumeAttributes(
                description: try row(13),
                labels: try StoredWords.read(row, 14),
                isProtected: try row(15, as: Int.self) != 0,
                isBootable: try row(16, as: Int.self) != 0,
                isReadOnly: try row(21, as: Int.self) != 0,
                isMultiattach: try row(25, as: Int.self) != 0,
                keyID: try row(22)
            )
        )
    }

    /// The sum of the sizes in two parts, because SQLite fails when a sum overflows, and a damaged row may hold any
    /// size.
    static let sums = "SUM(size >> 20), SUM(size & 1048575)"

    /// The sum of the parts in a column and the next one; at most the largest size.
    static func sum(_ row: SQLRow, _ column: Int) throws -> ByteCount {
        let (high, low): (Int64, Int64) = (try row(column), try row(column + 1))
        let sum = Int64(clamping: Int128(high) << 20 + Int128(low))
        guard let size = ByteCount(bytes: sum) else { throw row.mistake(in: column, "is no size") }
        return size
    }

    private static func image(_ row: SQLRow, _ column: Int) throws -> VolumeImage? {
        guard try row(column, as: String?.self) != nil else { return nil }
        let words = try StoredWords.read(row, column)
        guard let path = words["path"], let format = words["format"].flatMap(ImageFormat.init(rawValue:)) else {
            throw row.mistake(in: column, "is no image")
        }
        return VolumeImage(path: path, format: format)
    }

    private static func size(_ row: SQLRow, _ column: Int) throws -> ByteCount {
        guard let size = ByteCount(bytes: try row(column)) else { throw row.mistake(in: column, "is no size") }
        return size
    }
}

extension VolumeStatus: SQLConvertible {}
