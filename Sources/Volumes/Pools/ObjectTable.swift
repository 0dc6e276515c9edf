internal import SQL
internal import SQLStore
internal import VolumeAPI
internal import VolumeDriver

/// A record of a volume or snapshot, as far as a list of a backend's objects needs it. An unreadable record still shows that
/// its object is known.
struct ObjectRecord: Sendable {
    let id: String
    let project: String
    let label: String
    /// `nil` if it can't be read.
    let size: ByteCount?
    let status: String
    let pool: String?
    /// Whether the object is to be there, complete.
    let promisesData: Bool
}

/// Every statement that looks for the records of a backend's objects, in all projects.
struct ObjectTable {
    let connection: any SQLConnection

    /// The volumes in a pool, by id.
    func volumes(in pool: String) throws -> [String: ObjectRecord] {
        try Self.byID(connection.query("\(Self.volumes) WHERE pool = ?", pool).map(Self.volume))
    }

    func volume(_ id: VolumeID) throws -> ObjectRecord? {
        try connection.query("\(Self.volumes) WHERE id = ?", id).first.map(Self.volume)
    }

    /// The snapshots of a pool's volumes, by id.
    func snapshots(in pool: String) throws -> [String: ObjectRecord] {
        try Self.byID(connection.query("\(Self.snapshots) WHERE volume.pool = ?", pool).map(Self.snapshot))
    }

    func snapshot(_ id: SnapshotID) throws -> ObjectRecord? {
        try connection.query("\(Self.snapshots) WHERE snapshot.id = ?", id).first.map(Self.snapshot)
    }

    private static let volumes = "SELECT id, project, name, size, status, pool FROM volume"
    private static let snapshots = """
        SELECT snapshot.id, snapshot.project, snapshot.name, snapshot.size, snapshot.status, volume.pool,
            COALESCE(volume.name, snapshot.volume)
        FROM snapshot LEFT JOIN volume ON volume.id = snapshot.volume
        """

    private static func byID(_ records: [ObjectRecord]) -> [String: ObjectRecord] {
        Dictionary(records.map { ($0.id, $0) }) { first, _ in first }
    }

    private static func volume(_ row: SQLRow) throws -> ObjectRecord {
        let (id, status): (String, String) = (try row(0), try row(4))
        return ObjectRecord(
            id: id,
            project: try row(1),
            label: try row(2, as: String?.self) ?? id,
            size: ByteCount(bytes: try row(3)),
            status: status,
            pool: try row(5),
            promisesData: VolumeStatus(rawValue: status)?.promisesData ?? false
        )
    }

    private static func snapshot(_ row: SQLRow) throws -> ObjectRecord {
        let (id, status): (String, String) = (try row(0), try row(4))
        let name: String? = try row(2)
        return ObjectRecord(
            id: id,
            project: try row(1),
            label: try name.map { "\(try row(6, as: String.self))@\($0)" } ?? id,
            size: ByteCount(bytes: try row(3)),
            status: status,
            pool: try row(5),
            promisesData: status == SnapshotStatus.available.rawValue
        )
    }
}
