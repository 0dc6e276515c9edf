package import Identity
package import VolumeDriver

extension HookedDriver: RevertingDriver {
    package func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.createSnapshot, .before)
        try await base.snapshotting.createSnapshot(snapshot, of: volume, operation: operation)
        try hook(.createSnapshot, .after)
    }

    package func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.deleteSnapshot, .before)
        try await base.snapshotting.deleteSnapshot(snapshot, of: volume, operation: operation)
        try hook(.deleteSnapshot, .after)
    }

    package func inspectSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID
    ) async throws(DriverError) -> VolumePresence {
        try hook(.inspectSnapshot, .before)
        let presence = try await base.snapshotting.inspectSnapshot(snapshot, of: volume)
        try hook(.inspectSnapshot, .after)
        return presence
    }

    package func listSnapshots() async throws(DriverError) -> [BackendSnapshot] {
        try hook(.listSnapshots, .before)
        let snapshots = try await base.snapshotting.listSnapshots()
        try hook(.listSnapshots, .after)
        return snapshots
    }

    package func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.createFromSnapshot, .before)
        try await base.snapshotting.create(volume, size: size, from: snapshot, of: source, operation: operation)
        try hook(.createFromSnapshot, .after)
    }

    package func revert(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.revert, .before)
        try await base.reverting.revert(volume, to: snapshot, operation: operation)
        try hook(.revert, .after)
    }
}

extension HookedDriver: CloningDriver {
    package func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.clone, .before)
        try await base.cloning.clone(source, as: volume, size: size, operation: operation)
        try hook(.clone, .after)
    }
}
