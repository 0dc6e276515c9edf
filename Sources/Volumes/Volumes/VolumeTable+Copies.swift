internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Statements about copies in creation. Until the creation has ended, the row of the copy protects its source from
/// removal and change.
extension VolumeTable {
    /// Checks that no copy of the volume or of one of its snapshots is being created.
    ///
    /// - Throws: `conflict`, which names the copy.
    func requireNoCopy(of volume: Volume) throws {
        let clones = try connection.fetch(
            "SELECT id, flow FROM volume WHERE status = ? AND source_volume = ? LIMIT 1",
            VolumeStatus.creating,
            volume.id
        )
        let restored = try connection.fetch(
            "SELECT volume.id, volume.flow FROM snapshot JOIN volume ON source_snapshot = snapshot.id "
                + "WHERE snapshot.volume = ? AND volume.status = ? LIMIT 1",
            volume.id,
            VolumeStatus.creating
        )
        if let row = try clones.value().first ?? restored.value().first {
            throw try VolumeError.isCopied("volume \"\(volume.label)\"", row)
        }
    }

    /// Checks that no copy of the snapshot is being created.
    ///
    /// - Throws: `conflict`, which names the copy.
    func requireNoCopy(of snapshot: Snapshot) throws {
        let rows = try connection.query(
            "SELECT id, flow FROM volume WHERE status = ? AND source_snapshot = ? LIMIT 1",
            VolumeStatus.creating,
            snapshot.id
        )
        if let row = rows.first { throw try VolumeError.isCopied("snapshot \"\(snapshot.label)\"", row) }
    }
}

extension VolumeError {
    fileprivate static func isCopied(_ source: String, _ row: SQLRow) throws -> VolumeError {
        let (copy, flow): (VolumeID, FlowID) = (try row(0), try row(1))
        return VolumeError(
            .conflict,
            "\(source) is in use: a volume is being made of it",
            cause: "flow \(flow) makes volume \(copy)",
            remedies: [.waitForFlow(flow), .showVolume(copy.description)]
        )
    }
}
