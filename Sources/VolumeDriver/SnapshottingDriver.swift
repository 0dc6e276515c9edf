public import Identity

/// A driver that can create snapshots of volumes, and volumes from snapshots.
public protocol SnapshottingDriver: VolumeDriver {
    /// Creates a snapshot of the volume's current content. Idempotent: an existing snapshot is not changed.
    ///
    /// - Throws: `notFound` without the volume; `refused` if another volume has a snapshot with this id.
    func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError)

    /// Removes the snapshot, or the remains of an unfinished one. Idempotent: succeeds without the snapshot, and
    /// without its volume.
    ///
    /// - Throws: `busy` while the snapshot is in use; nothing has been changed then. A volume that was created from it
    ///   does not count as a use.
    func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError)

    /// Returns the state of the snapshot on the backend. Its size is the volume's at the time of the snapshot.
    func inspectSnapshot(_ snapshot: SnapshotID, of volume: VolumeID) async throws(DriverError) -> VolumePresence

    /// Lists all snapshots of this service's volumes, including unfinished ones. Foreign snapshots are left out.
    func listSnapshots() async throws(DriverError) -> [BackendSnapshot]

    /// Creates a volume of exactly `size` with the snapshot's content; the rest reads as zeros.
    ///
    /// The volume is independent: the snapshot and its volume may be deleted while the new volume exists. Like
    /// `create`, it succeeds if the volume exists with this size.
    ///
    /// - Throws: `notFound` without the snapshot; `refused` if `size` is smaller than the snapshot; what `create`
    ///   throws.
    func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError)
}

/// A driver that can revert a volume to a snapshot.
public protocol RevertingDriver: SnapshottingDriver {
    /// Replaces the content of the volume by that of the snapshot. The snapshot remains, so that the call can be
    /// repeated.
    ///
    /// - Throws: `notFound` without either; `refused` if they differ in size, or the backend can only revert to the
    ///   latest snapshot and this is an earlier one; `busy` while the volume is attached.
    func revert(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        operation: OperationID
    ) async throws(DriverError)
}

/// A driver that can copy volumes.
public protocol CloningDriver: VolumeDriver {
    /// Creates a volume of exactly `size` with the current content of `source`; the rest reads as zeros.
    ///
    /// The volumes are independent of each other afterwards. Like `create`, it succeeds if the volume exists with this
    /// size. Temporary objects, such as a snapshot, have deterministic names, are not listed, and are removed.
    ///
    /// - Throws: `notFound` without `source`; `refused` if `size` is smaller than `source`; what `create` throws.
    func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError)
}
