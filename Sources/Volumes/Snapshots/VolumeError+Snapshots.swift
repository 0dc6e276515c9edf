internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension VolumeError {
    static func nameTaken(by other: Snapshot) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot create snapshot \"\(other.label)\": the name is taken",
            cause: "snapshot \(other.id) has it, \(other.size), \(other.status.rawValue)",
            remedies: [.showSnapshot(other.label), .listSnapshots(volume: other.volumeLabel)]
        )
    }

    static func snapshotIDTaken(_ id: SnapshotID) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot create a snapshot: there is one with the id \(id) already",
            cause: "it has another name or belongs to another volume",
            remedies: [.listSnapshots(volume: nil)]
        )
    }

    static func taken(_ snapshot: Snapshot) -> VolumeError {
        VolumeError(
            .conflict,
            "another flow has changed snapshot \"\(snapshot.label)\" meanwhile",
            cause: "flow \(snapshot.flow) was the last to change it; it is \(snapshot.status.rawValue)",
            remedies: [.showSnapshot(snapshot.label), .showFlow(snapshot.flow)]
        )
    }

    static func wrongStatus(_ snapshot: Snapshot, for status: SnapshotStatus) -> VolumeError {
        VolumeError(
            .conflict,
            "snapshot \"\(snapshot.label)\" is \(snapshot.status.rawValue) and can't become \(status.rawValue)",
            cause: snapshot.status.hasFailed ? snapshot.lastError : "flow \(snapshot.flow) is working on it",
            remedies: snapshot.wayOut + [.showSnapshot(snapshot.label)]
        )
    }

    /// The error for a snapshot of a volume whose status does not allow it.
    static func notSnapshottable(_ volume: Volume, _ snapshot: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot create snapshot \"\(snapshot)\": volume \"\(volume.label)\" is \(volume.status.rawValue)",
            cause: "a snapshot can be created only while the volume is available or in use",
            remedies: volume.wayOut + [.showVolume(volume.label)]
        )
    }

    /// The error for the removal of a volume that has snapshots.
    static func hasSnapshots(_ volume: Volume, _ snapshots: [Snapshot], count: Int) -> VolumeError {
        let names = snapshots.map(\.label).joined(separator: ", ")
        return VolumeError(
            .conflict,
            "volume \"\(volume.label)\" was not deleted: it has \(count.of("snapshot"))",
            cause: names + (count > snapshots.count ? " and \(count - snapshots.count) more" : ""),
            remedies: [.removeVolumeWithSnapshots(volume.label), .listSnapshots(volume: volume.label)]
        )
    }

    /// The error for the removal of a snapshot while its volume is being reverted.
    static func inUse(_ snapshot: Snapshot, byReverting volume: Volume) -> VolumeError {
        VolumeError(
            .conflict,
            "snapshot \"\(snapshot.label)\" was not deleted: its volume is being reverted",
            cause: "flow \(volume.flow) reverts it",
            remedies: [.waitForFlow(volume.flow), .showVolume(volume.label)]
        )
    }

    static func noSnapshot(_ reference: String, cause: String? = nil, near: [Snapshot] = []) -> VolumeError {
        VolumeError(
            .notFound,
            "there is no snapshot \(reference.quoted)",
            cause: cause,
            remedies: near.prefix(2).map { Remedy.showSnapshot($0.id.description) } + [.listSnapshots(volume: nil)]
        )
    }
}

extension Snapshot {
    /// Removes the row and releases the quota, which is still reserved if the snapshot's creation did not succeed.
    func removeEntry(in transaction: SQLTransaction) throws {
        let quota = QuotaTable(connection: transaction.connection)
        // The flow may have reserved the quota of other snapshots, too.
        try quota.commit(flow)
        let type = try VolumeTable(connection: transaction.connection).find(volume)?.type
        try quota.release(.snapshot(size, type: type), of: project)
        try SnapshotTable(connection: transaction.connection).remove(id)
    }
}
