internal import FoundationEssentials
internal import Identity
public import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about attachments, and nothing else. A volume has a row while it is in use or is being brought into
/// use.
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
        ]
    )

    func find(_ volume: VolumeID) throws -> Attachment? {
        try connection.query("SELECT \(Self.columns) FROM attachment WHERE volume = ?", volume)
            .first.map { try $0.decoded(of: "attachment", by: Self.attachment) }
    }

    /// Inserts or replaces the volume's row.
    func put(_ attachment: Attachment) throws {
        var (local, export): (LocalAttachment?, VolumeExport?)
        switch attachment.access {
        case .local(let found): local = found
        case .export(let found): export = found
        case nil: break
        }
        try remove(attachment.volume)
        try connection.execute(
            "INSERT INTO attachment (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            attachment.access?.isReadOnly == true ? 1 : 0
        )
    }

    /// Removes the volume's row; does nothing if there is none.
    func remove(_ volume: VolumeID) throws {
        try connection.execute("DELETE FROM attachment WHERE volume = ?", volume)
    }

    private static let columns =
        "volume, kind, host, path, format, is_device, uri, export_type, since, flow, mount_point, is_read_only"

    private static func attachment(_ row: SQLRow) throws -> Attachment {
        Attachment(
            volume: try row(0),
            kind: try row(1),
            host: try row(2),
            access: try access(row),
            mountPoint: try row(10),
            since: try row(8),
            flow: try row(9)
        )
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
