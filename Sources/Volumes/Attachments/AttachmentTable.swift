internal import FoundationEssentials
internal import Identity
public import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about attachments, and nothing else. A volume has a row for each holder while it is in use or is being
/// brought into use; all its rows are of one kind, and say the same about where it is accessible.
struct AttachmentTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "attachment",
        steps: [
            """
            CREATE TABLE attachment (
                volume TEXT PRIMARY KEY,
                kind TEXT NOT NULL,
                host TEXT NOT NULL,
                path TEXT,
                format TEXT,
                is_device INTEGER,
                uri TEXT,
                export_type TEXT,
                since INTEGER NOT NULL,
                flow TEXT NOT NULL
            ) STRICT;
            """,
            "ALTER TABLE attachment ADD COLUMN mount_point TEXT;",
            "ALTER TABLE attachment ADD COLUMN is_read_only INTEGER NOT NULL DEFAULT 0;",
            // A holder without a name is the empty text, because the columns of a key must not be NULL.
            """
            CREATE TABLE new_attachment (
                volume TEXT NOT NULL,
                holder TEXT NOT NULL,
                kind TEXT NOT NULL,
                host TEXT NOT NULL,
                path TEXT,
                format TEXT,
                is_device INTEGER,
                uri TEXT,
                export_type TEXT,
                since INTEGER NOT NULL,
                flow TEXT NOT NULL,
                mount_point TEXT,
                is_read_only INTEGER NOT NULL,
                PRIMARY KEY (volume, holder)
            ) STRICT;
            INSERT INTO new_attachment
                SELECT volume, '', kind, host, path, format, is_device, uri, export_type, since, flow, mount_point,
                    is_read_only
                FROM attachment;
            DROP TABLE attachment;
            ALTER TABLE new_attachment RENAME TO attachment;
            """,
        ]
    )

    /// The volume's uses, oldest first.
    func list(of volume: VolumeID) throws -> [Attachment] { try fetchList(of: volume).value() }

    func fetchList(of volume: VolumeID) throws -> Fetched<[Attachment]> {
        try connection.fetch("SELECT \(Self.columns) FROM attachment WHERE volume = ? ORDER BY since, holder", volume)
            .map { rows in try rows.map { try $0.decoded(of: "attachment", by: Self.attachment) } }
    }

    /// All uses of all volumes, oldest first.
    func all() throws -> Listing<Attachment> {
        try connection.query("SELECT \(Self.columns) FROM attachment ORDER BY since, volume, holder")
            .decoded(of: "attachment", key: [0, 12], by: Self.attachment)
    }

    /// Inserts or replaces the row of the volume and the holder.
    func put(_ attachment: Attachment) throws {
        var (local, export): (LocalAttachment?, VolumeExport?)
        switch attachment.access {
        case .local(let found): local = found
        case .export(let found): export = found
        case nil: break
        }
        try remove(attachment.volume, attachment.holder)
        try connection.write(
            "INSERT INTO attachment (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            attachment.volume,
            attachment.kind,
            attachment.host,
            local?.path,
            local?.format,
            local.map { $0.isDevice ? 1 : 0 },
            export?.uri,
            export?.type.rawValue,
            attachment.since,
            attachment.flow,
            attachment.mountPoint,
            attachment.access?.isReadOnly == true ? 1 : 0,
            attachment.holder?.description ?? ""
        )
    }

    /// Removes the row of the volume and the holder; does nothing if there is none.
    func remove(_ volume: VolumeID, _ holder: VolumeName?) throws {
        try connection.write(
            "DELETE FROM attachment WHERE volume = ? AND holder = ?",
            volume,
            holder?.description ?? ""
        )
    }

    private static let columns =
        "volume, kind, host, path, format, is_device, uri, export_type, since, flow, mount_point, is_read_only, "
        + "holder"

    private static func attachment(_ row: SQLRow) throws -> Attachment {
        Attachment(
            volume: try row(0),
            kind: try row(1),
            host: try row(2),
            holder: try holder(row, 12),
            access: try access(row),
            mountPoint: try row(10),
            since: try row(8),
            flow: try row(9)
        )
    }

    private static func holder(_ row: SQLRow, _ column: Int) throws -> VolumeName? {
        let name: String = try row(column)
        return name.isEmpty ? nil : try VolumeName(validating: name, as: "holder")
    }

    private static func access(_ row: SQLRow) throws -> VolumeAccess? {
        let isReadOnly = try row(11) == 1
        if let path: String = try row(3, as: String?.self) {
            return .local(
                LocalAttachment(path: path, format: try row(4), isDevice: try row(5) == 1, isReadOnly: isReadOnly)
            )
        }
        guard let uri: String = try row(6, as: String?.self) else { return nil }
        return .export(VolumeExport(type: ExportType(rawValue: try row(7)), uri: uri, isReadOnly: isReadOnly))
    }
}

extension Attachment.Kind: SQLConvertible {}
extension ImageFormat: SQLConvertible {}
