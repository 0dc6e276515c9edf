public import Identity

/// A driver that keeps what a volume held at a moment, and makes volumes of that.
public protocol SnapshottingDriver: VolumeDriver {
    /// Makes a snapshot of what the volume holds now. That it is there already is success, and changes nothing.
    ///
    /// - Throws: `notFound` without the volume; `refused` if the id is that of another volume's snapshot.
    func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError)

    /// Removes the snapshot and every trace of an unfinished one. That it is not there is success, as is that its volume
    /// is not there.
    ///
    /// - Throws: `busy` while somebody uses it; nothing has been changed then. A volume that was made from it is no use.
    func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError)

    /// What the backend really holds of the snapshot; its size is that of the volume at that moment.
    func inspectSnapshot(_ snapshot: SnapshotID, of volume: VolumeID) async throws(DriverError) -> VolumePresence

    /// Every snapshot of this service's volumes, finished or not. Foreign ones are left out.
    func listSnapshots() async throws(DriverError) -> [BackendSnapshot]

    /// Makes a volume of exactly `size` that begins with what the snapshot holds; the rest reads as zeros.
    ///
    /// Its owner sees a volume like any other: the snapshot, and the volume that it was made of, may be deleted while it
    /// stays. Like `create`, it succeeds if the volume is there with that size.
    ///
    /// - Throws: `notFound` without the snapshot; `refused` if `size` is less than the snapshot's; what `create` throws.
    func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError)
}

/// A driver that takes a volume back to a snapshot.
public protocol RevertingDriver: SnapshottingDriver {
    /// Has the volume hold what the snapshot holds. The snapshot stays, so that the call can be repeated.
    ///
    /// - Throws: `notFound` without either; `refused` if they differ in size, or the snapshot isn't the volume's last and
    ///   the backend can only go back to that; `busy` while the volume is attached.
    func revert(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        operation: OperationID
    ) async throws(DriverError)
}

/// A driver that copies volumes.
public protocol CloningDriver: VolumeDriver {
    /// Makes a volume of exactly `size` that begins with what `source` holds now; the rest reads as zeros.
    ///
    /// Afterwards the two have nothing to do with each other: either may be written to or deleted while the other stays.
    /// Like `create`, it succeeds if the volume is there with that size. Whatever it needs in between, such as a
    /// snapshot, it names deterministically, shows in no list, and removes.
    ///
    /// - Throws: `notFound` without `source`; `refused` if `size` is less than its; what `create` throws.
    func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError)
}
