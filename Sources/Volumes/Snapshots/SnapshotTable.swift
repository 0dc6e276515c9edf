internal import FoundationEssentials
internal import Identity
public import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about snapshots, and nothing else.
///
/// A snapshot's row is inserted before its driver is called and removed after its data is gone, so a volume without
/// rows has no snapshots.
struct SnapshotTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "snapshot",
        steps: [
            """
            CREATE TABLE snapshot (
                number INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                project TEXT NOT NULL,
                name TEXT,
                volume TEXT NOT NULL,
                size INTEGER NOT NULL CHECK (size >= 0),
                status TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                flow TEXT NOT NULL,
                last_error TEXT,
                UNIQUE (volume, name)
            ) STRICT;
            CREATE INDEX snapshot_by_project ON snapshot (project, number);
            CREATE INDEX snapshot_by_name ON snapshot (project, name);
            CREATE INDEX snapshot_by_volume ON snapshot (volume, number);
            CREATE INDEX snapshot_by_flow ON snapshot (flow);
            """
        ]
    )

    /// Inserts a snapshot in status `creating`.
    ///
    /// - Throws: `conflict` when the volume has a snapshot of this name, or any volume has one of this id.
    func insert(_ id: SnapshotID, named name: VolumeName?, of volume: Volume, flow: FlowID, at time: Date) throws {
        if let name, let other = try find(named: name, of: volume.id) { throw VolumeError.nameTaken(by: other) }
        try connection.writeRow(
            """
            INSERT INTO snapshot (id, project, name, volume, size, status, created_at, updated_at, flow)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING
            """,
            id,
            volume.project,
            name?.description,
            volume.id,
            volume.size.bytes,
            SnapshotStatus.creating,
            time,
            time,
            flow,
            orThrow: VolumeError.snapshotIDTaken(id)
        )
    }

    /// Moves a snapshot to another status, provided that it is unchanged since `snapshot` was read.
    ///
    /// - Throws: `conflict` when ``SnapshotStatus/successors`` has no such transition, or the snapshot has changed; `notFound`
    ///   when it has been given to another project than those whose keys the transaction holds.
    func move(
        _ snapshot: Snapshot,
        to status: SnapshotStatus,
        flow: FlowID,
        error: String? = nil,
        at time: Date
    ) throws {
        let isOurs = connection.heldKeys.contains(.project(snapshot.project))
        _ = try (isOurs ? snapshot : nil).orMissing(snapshot.id)
        guard snapshot.status.successors.contains(status) else {
            throw VolumeError.wrongStatus(snapshot, for: status)
        }
        try connection.writeRow(
            """
            UPDATE snapshot SET status = ?, flow = ?, last_error = ?, updated_at = ?
            WHERE id = ? AND status = ? AND flow = ?
            """,
            status,
            flow,
            error,
            time,
            snapshot.id,
            snapshot.status,
            snapshot.flow,
            orThrow: VolumeError.taken((try? find(snapshot.id)) ?? snapshot)
        )
    }

    /// Records that a flow has failed and could not be undone: moves its snapshot from `status` to `failed`, if it is
    /// still in `status`.
    func record(_ end: FlowEnd, of id: SnapshotID, in status: SnapshotStatus, as failed: SnapshotStatus) throws {
        guard let snapshot = try find(id), snapshot.status == status else { return }
        let reason = (end.failures + end.revertFailures).map(\.description).joined(separator: "; ")
        try move(snapshot, to: failed, flow: end.flow, error: reason, at: Date())
    }

    /// Removes the snapshot's row; does nothing if there is none.
    func remove(_ id: SnapshotID) throws { try connection.write("DELETE FROM snapshot WHERE id = ?", id) }

    func find(_ id: SnapshotID) throws -> Snapshot? {
        try connection.query("\(Self.selection) WHERE snapshot.id = ?", id).first.map(Self.decoded)
    }

    /// Returns the project's snapshot with this id.
    func find(_ id: SnapshotID, project: String) throws -> Snapshot? {
        try find(id).flatMap { $0.project == project ? $0 : nil }
    }

    func find(named name: VolumeName, of volume: VolumeID) throws -> Snapshot? {
        try connection.query(
            "\(Self.selection) WHERE snapshot.volume = ? AND snapshot.name = ?",
            volume,
            name.description
        )
        .first.map(Self.decoded)
    }

    /// The project's snapshots with this name, of different volumes; at most `limit`.
    func list(named name: VolumeName, project: String, limit: Int) throws -> Listing<Snapshot> {
        try connection.query(
            "\(Self.selection) WHERE snapshot.project = ? AND snapshot.name = ? LIMIT ?",
            project,
            name.description,
            limit
        )
        .decoded(of: "snapshot", name: 2, by: Self.snapshot)
    }

    /// The project's snapshots whose ids start with `prefix`, which is in lower case; at most `limit`.
    func list(project: String, prefix: String, limit: Int) throws -> Listing<Snapshot> {
        try connection.query(
            """
            \(Self.selection) WHERE snapshot.id >= ? AND snapshot.id < ? AND snapshot.project || '' = ?
            ORDER BY snapshot.id LIMIT ?
            """,
            prefix,
            prefix + "g",
            project,
            limit
        )
        .decoded(of: "snapshot", name: 2, by: Self.snapshot)
    }

    /// Checks that no snapshot of the volume is being created, saved or removed.
    ///
    /// - Throws: `conflict`, which names one.
    func requireNoneUnderWay(of volume: Volume) throws {
        let rows = try connection.query(
            "\(Self.selection) WHERE snapshot.volume = ? AND snapshot.status IN (?, ?, ?) LIMIT 1",
            volume.id,
            SnapshotStatus.creating,
            SnapshotStatus.uploading,
            SnapshotStatus.deleting
        )
        guard let snapshot = try rows.first.map(Self.decoded) else { return }
        throw VolumeError(
            .conflict,
            "volume \"\(volume.label)\" was not reverted: its snapshot \"\(snapshot.label)\" is \(snapshot.status.rawValue)",
            remedies: [.waitForFlow(snapshot.flow), .showSnapshot(snapshot.label)]
        )
    }

    /// The snapshot's place in lists.
    ///
    /// - Throws: `notFound`.
    func number(of snapshot: SnapshotID) throws -> Int64 {
        guard let row = try connection.query("SELECT number FROM snapshot WHERE id = ?", snapshot).first else {
            throw VolumeError.noSnapshot(snapshot.description)
        }
        return try row(0)
    }

    /// The snapshots of all projects, oldest first.
    func all() throws -> Listing<Snapshot> {
        try connection.query("\(Self.selection) ORDER BY snapshot.number")
            .decoded(of: "snapshot", name: 2, by: Self.snapshot)
    }

    /// The project's snapshots with a number above `number`, oldest first, and the number of the last one.
    func list(project: String, after number: Int64, limit: Int) throws -> (Listing<Snapshot>, last: Int64?) {
        let rows = try connection.query(
            "\(Self.selection) WHERE snapshot.project = ? AND snapshot.number > ? ORDER BY snapshot.number LIMIT ?",
            project,
            number,
            limit
        )
        return (rows.decoded(of: "snapshot", name: 2, by: Self.snapshot), try rows.last?(12))
    }

    /// The volume's snapshots with a number above `number`, oldest first, and the number of the last one.
    func list(of volume: VolumeID, after number: Int64 = .min, limit: Int) throws -> (Listing<Snapshot>, last: Int64?) {
        let rows = try connection.query(
            "\(Self.selection) WHERE snapshot.volume = ? AND snapshot.number > ? ORDER BY snapshot.number LIMIT ?",
            volume,
            number,
            limit
        )
        return (rows.decoded(of: "snapshot", name: 2, by: Self.snapshot), try rows.last?(12))
    }

    /// The snapshots that a flow was the last to change.
    func list(touchedBy flow: FlowID) throws -> Listing<Snapshot> {
        try connection.query("\(Self.selection) WHERE snapshot.flow = ?", flow)
            .decoded(of: "snapshot", name: 2, by: Self.snapshot)
    }

    /// Checks that the volume has no snapshots, in any status.
    ///
    /// - Throws: `conflict`, which names some of them.
    ///
    /// - Parameter count: the number of its snapshots.
    func requireNone(of volume: Volume, among count: Fetched<Int>) throws {
        let count = try count.value()
        guard count > 0 else { return }
        throw VolumeError.hasSnapshots(volume, try list(of: volume.id, limit: 5).0.readable, count: count)
    }

    /// Asks for the number of a volume's snapshots.
    func fetchCount(of volume: VolumeID) throws -> Fetched<Int> {
        try connection.fetch("SELECT COUNT(*) FROM snapshot WHERE volume = ?", volume).map { try $0.first?(0) ?? 0 }
    }

    /// The quota that the project's snapshots use.
    func amounts(project: String) throws -> QuotaAmounts {
        let rows = try connection.query(
            """
            SELECT volume.type, COUNT(*), SUM(snapshot.size >> 20), SUM(snapshot.size & 1048575)
            FROM snapshot LEFT JOIN volume ON volume.id = snapshot.volume WHERE snapshot.project = ? GROUP BY volume.type
            """,
            project
        )
        return try rows.reduce(into: [:]) { amounts, row in
            let ofType: QuotaAmounts = [.snapshots: try row(1), .gigabytes: try VolumeTable.sum(row, 2).bytes]
            amounts.add(ofType.counting(for: try row(0)))
        }
    }

    /// The pools of the snapshots that flows may be working on, by flow.
    func poolsByFlow() throws -> [FlowID: String] {
        let rows = try connection.query(
            """
            SELECT snapshot.flow, volume.pool FROM snapshot JOIN volume ON volume.id = snapshot.volume
            WHERE volume.pool IS NOT NULL AND snapshot.status <> ?
            """,
            SnapshotStatus.available
        )
        let pools = rows.decoded(of: "snapshot") { (try $0(0, as: FlowID.self), try $0(1, as: String.self)) }
        return Dictionary(pools.map { ($0.0, $0.1) }) { first, _ in first }
    }

    private static let selection = """
        SELECT snapshot.id, snapshot.project, snapshot.name, snapshot.volume, volume.name, volume.pool, snapshot.size,
            snapshot.status, snapshot.created_at, snapshot.updated_at, snapshot.flow, snapshot.last_error, snapshot.number
        FROM snapshot LEFT JOIN volume ON volume.id = snapshot.volume
        """

    private static func decoded(_ row: SQLRow) throws -> Snapshot {
        try row.decoded(of: "snapshot", name: 2, by: snapshot)
    }

    private static func snapshot(_ row: SQLRow) throws -> Snapshot {
        guard let size = ByteCount(bytes: try row(6)) else { throw row.mistake(in: 6, "is no size") }
        return Snapshot(
            id: try row(0),
            project: try row(1),
            name: try row(2, as: String?.self).map { try VolumeName(validating: $0) },
            volume: try row(3),
            volumeName: try row(4, as: String?.self).map { try VolumeName(validating: $0) },
            pool: try row(5),
            size: size,
            status: try row(7),
            createdAt: try row(8),
            updatedAt: try row(9),
            flow: try row(10),
            lastError: try row(11)
        )
    }
}

extension SnapshotStatus: SQLConvertible {}
