public import Identity
public import VolumeDriver

extension RBDDriver: SnapshottingDriver, RevertingDriver {
    /// Creates a snapshot and protects it, so that only this driver removes it.
    public func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "create snapshot '\(snapshot)' of volume '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try await makeSnapshot(snapshot.backendName, of: volume, action)
        }
    }

    /// RBD makes snapshots at once, and clones of them.
    public func copiesAtOnce() async throws(DriverError) -> Bool { true }

    /// Removes the snapshot, after flattening the volumes that were created from it.
    public func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "delete snapshot '\(snapshot)' of volume '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try await removeSnapshot(snapshot.backendName, of: volume, action)
        }
    }

    /// A snapshot that is not protected is `partial`.
    public func inspectSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID
    ) async throws(DriverError) -> VolumePresence {
        let action = "inspect snapshot '\(snapshot)' of volume '\(volume)'"
        try await checkPool(action)
        guard let snapshots = try await snapshots(of: volume, action) else {
            _ = try await names(action)
            return .absent
        }
        return snapshots.first { $0.name == snapshot.backendName }?.presence ?? .absent
    }

    /// Lists all snapshots with this service's names, of images with the names of volumes.
    public func listSnapshots() async throws(DriverError) -> [BackendSnapshot] {
        try await checkPool("list snapshots")
        return try await listings("list snapshots")
            .compactMap { listing in
                guard let name = listing.snapshot, let snapshot = SnapshotID(backendName: name),
                    let volume = VolumeID(backendName: listing.image)
                else { return nil }
                let presence = listing.isProtected ? VolumePresence.complete(listing.size) : .partial
                return BackendSnapshot(id: snapshot, of: volume, presence: presence)
            }
    }

    /// Creates a clone, which takes space only when it is written to.
    public func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "create volume '\(volume)' from snapshot '\(snapshot)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try check(size, action)
            let origin = try await require(snapshot, of: source, action)
            try refuseLess(size, than: origin.size, action)
            if !origin.isProtected { try await makeSnapshot(origin.name, of: source, action) }
            // A clone has the size of its origin first. Until it has its own, the temporary snapshot shows that it is
            // unfinished.
            let scaffold = size == origin.size ? nil : Scaffold.growth(of: volume)
            if let scaffold { try await makeSnapshot(scaffold, of: source, action) }
            let parent = RBDImage.Parent(pool: access.pool, image: source.backendName, snapshot: origin.name)
            try await makeClone(volume, of: parent, size: size, action)
            if let scaffold { try await removeSnapshot(scaffold, of: source, action) }
        }
    }

    /// Copies the content of the snapshot to the volume.
    public func revert(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "revert volume '\(volume)' to snapshot '\(snapshot)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            let origin = try await require(snapshot, of: volume, action)
            guard let image = try await image(volume, action) else { throw try await missing(volume, action) }
            guard image.size == origin.size else {
                throw DriverError(
                    .refused,
                    "cannot \(action): the volume has \(image.size.bytes) bytes, the snapshot \(origin.size.bytes)",
                    remedy: "create a volume from the snapshot instead"
                )
            }
            guard try await ImageUsers.watchers(of: spec(volume), tool, action).isEmpty else {
                throw await inUse(volume, action)
            }
            _ = try await tool.rbd(
                ["snap", "rollback", "--no-progress", spec(volume, origin.name)],
                action,
                timeLimit: CephTool.dataTimeLimit,
                leftBehind: "'\(spec(volume))', partly reverted; reverting again completes it"
            )
        }
    }

    func require(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        _ action: String
    ) async throws(DriverError) -> RBDSnapshot {
        guard let snapshots = try await snapshots(of: volume, action) else { throw try await missing(volume, action) }
        guard let found = snapshots.first(where: { $0.name == snapshot.backendName }) else {
            throw DriverError(.notFound, "cannot \(action): there is no '\(spec(volume, snapshot.backendName))'")
        }
        return found
    }

    /// Refuses to create a volume smaller than its source.
    func refuseLess(_ size: ByteCount, than origin: ByteCount, _ action: String) throws(DriverError) {
        guard size < origin else { return }
        throw DriverError(
            .refused,
            "cannot \(action) with \(size.bytes) bytes: its source has \(origin.bytes)",
            remedy: "request at least that"
        )
    }
}
