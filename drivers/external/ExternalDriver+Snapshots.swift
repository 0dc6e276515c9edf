public import Identity
public import VolumeDriver

extension ExternalDriver: SnapshottingDriver, RevertingDriver, CloningDriver, ExtendingDriver {
    /// Calls the executable to extend the volume.
    public func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .extend, operationID: operation, volume: volume, size: size)
        _ = try await call(request, "extend volume '\(volume)'")
    }

    /// Calls the executable to create a snapshot.
    public func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let request = ExternalRequest(
            operation: .createSnapshot,
            operationID: operation,
            volume: volume,
            snapshot: snapshot
        )
        _ = try await call(request, "create snapshot '\(snapshot)'", isTransfer: true)
    }

    /// Calls the executable to remove the snapshot.
    public func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let request = ExternalRequest(
            operation: .deleteSnapshot,
            operationID: operation,
            volume: volume,
            snapshot: snapshot
        )
        _ = try await call(request, "delete snapshot '\(snapshot)'", isTransfer: true)
    }

    /// Calls the executable for the state of the snapshot.
    public func inspectSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID
    ) async throws(DriverError) -> VolumePresence {
        let request = ExternalRequest(operation: .inspectSnapshot, volume: volume, snapshot: snapshot)
        return try await call(request, "inspect snapshot '\(snapshot)'", Presence.self).presence
    }

    /// Calls the executable for its snapshots.
    public func listSnapshots() async throws(DriverError) -> [BackendSnapshot] {
        let request = ExternalRequest(operation: .listSnapshots)
        let snapshots = try await call(request, "list snapshots", Snapshots.self).snapshots.map(\.value)
        try checkUnique(snapshots.map(\.id), "list snapshots")
        return snapshots
    }

    /// Calls the executable to create a volume from a snapshot.
    public func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let request = ExternalRequest(
            operation: .createFromSnapshot,
            operationID: operation,
            volume: volume,
            snapshot: snapshot,
            source: source,
            size: size
        )
        _ = try await call(request, "create volume '\(volume)' from snapshot '\(snapshot)'", isTransfer: true)
    }

    /// Calls the executable to revert the volume to a snapshot.
    public func revert(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        operation: OperationID
    ) async throws(DriverError) {
        let request = ExternalRequest(operation: .revert, operationID: operation, volume: volume, snapshot: snapshot)
        _ = try await call(request, "revert volume '\(volume)' to snapshot '\(snapshot)'", isTransfer: true)
    }

    /// Calls the executable to copy a volume.
    public func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError) {
        let request = ExternalRequest(
            operation: .clone,
            operationID: operation,
            volume: volume,
            source: source,
            size: size
        )
        _ = try await call(request, "clone volume '\(source)' as '\(volume)'", isTransfer: true)
    }
}
