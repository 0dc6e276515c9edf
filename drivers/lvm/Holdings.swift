import Identity
import VolumeDriver

/// The logical volumes of one volume, and those that depend on it.
struct Holdings: Sendable {
    /// The volume's own logical volume.
    let volume: LogicalVolume?
    /// The volume's snapshots, whatever their state.
    let snapshots: [LogicalVolume]
    /// A snapshot of a clone's source that an interrupted clone has left.
    let leftover: LogicalVolume?
    private let id: VolumeID
    private let rows: [LogicalVolume]

    init(of id: VolumeID, among rows: [LogicalVolume]) {
        self.id = id
        let owned = rows.filter { $0.owner == id }
        self.rows = owned
        volume = owned.first { $0.name == id.backendName }
        snapshots = owned.filter { SnapshotID(logicalVolumeName: $0.name) != nil }
        leftover = owned.first { $0.name == id.cloneSnapshotName }
    }

    var presence: VolumePresence {
        volume?.presence ?? (leftover == nil ? .absent : .partial)
    }

    /// Whether the removal of the volume would remove others, or leave them without their origin.
    var hasDependents: Bool { !snapshots.isEmpty || volume?.attributes.isClassicOrigin == true }

    /// The snapshot's own logical volume.
    func snapshot(_ snapshot: SnapshotID) -> LogicalVolume? {
        snapshots.first { $0.name == snapshot.logicalVolumeName }
    }

    /// The logical volume that keeps the snapshot's content during a revert to it.
    func kept(_ snapshot: SnapshotID) -> LogicalVolume? { rows.first { $0.name == snapshot.keptName } }

    /// Whether a revert to the snapshot was interrupted.
    func isReverting(to snapshot: SnapshotID) -> Bool {
        kept(snapshot) != nil || volume?.tags.contains(Tag.reverting(to: snapshot)) == true
    }

    func presence(of snapshot: SnapshotID) -> VolumePresence {
        guard let found = self.snapshot(snapshot) else { return isReverting(to: snapshot) ? .partial : .absent }
        return found.presence
    }
}

extension LVMDriver {
    func holdings(of volume: VolumeID, to action: String) async throws(DriverError) -> Holdings {
        Holdings(of: volume, among: try await tools.volumes(.around(volume), to: action))
    }

    /// Returns the volume.
    ///
    /// - Throws: `notFound` if it does not exist or is not complete.
    func usable(_ volume: VolumeID, _ holdings: Holdings, to action: String) throws(DriverError) -> LogicalVolume {
        guard let found = holdings.volume, !found.isPartial else {
            throw DriverError(
                .notFound,
                "cannot \(action): volume group '\(tools.group)' has no complete volume '\(volume)'",
                remedy: "look at `lvs -o +tags \(tools.group)`"
            )
        }
        return found
    }

    /// Returns the snapshot, and its volume's size at that time.
    ///
    /// - Throws: `notFound` if it does not exist or is not complete.
    func usable(_ snapshot: SnapshotID, _ holdings: Holdings, to action: String) throws(DriverError)
        -> (LogicalVolume, ByteCount)
    {
        guard let found = holdings.snapshot(snapshot), case .complete(let size) = found.presence else {
            throw DriverError(
                .notFound,
                "cannot \(action): volume group '\(tools.group)' has no complete one",
                remedy: "look at `lvs -o +tags \(tools.group)`"
            )
        }
        return (found, size)
    }

    /// Runs `body` while the volume is active, and restores its state afterwards. A tag on a temporarily active volume
    /// lets a later call do that if this process is killed.
    func awake<Value>(
        _ name: String,
        to action: String,
        body: () async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        // An exported volume is active already, and stays so.
        guard let volume = try await tools.volumes(.named(name), to: action).first, !volume.isAttached,
            !isExported(volume)
        else { return try await body() }
        if !volume.tags.contains(Tag.resting) { try await tools.retag(name, adding: [Tag.resting], to: action) }
        // A read-only attachment whose begin or end was killed. Snapshots are always read-only.
        if volume.attributes.isReadOnly, volume.name == volume.owner?.backendName {
            try await tools.permitWrites(name, to: action)
        }
        if !volume.attributes.isActive { try await tools.activate(name, to: action) }
        do throws(DriverError) {
            let value = try await body()
            try await rest(name, to: action)
            return value
        } catch {
            // In a separate task, because the current one may be cancelled.
            await Task { try? await rest(name, to: action) }.value
            throw error
        }
    }

    func rest(_ name: String, to action: String) async throws(DriverError) {
        try await tools.deactivate(name, to: action)
        try await tools.retag(name, removing: [Tag.resting], to: action)
    }

    /// Serializes the calls of this process that change the volumes.
    func exclusively<Value>(
        _ volumes: VolumeID...,
        body: () async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try await VolumeLocks.shared.withLocks(volumes.map { tools.path($0.backendName) }, body)
    }

    /// - Throws: `refused` unless the group can have a volume of exactly this size.
    func check(_ size: ByteCount, _ layout: Layout, to action: String) throws(DriverError) {
        guard size > .zero, size.bytes.isMultiple(of: layout.extentSize.bytes) else {
            throw DriverError(
                .refused,
                "cannot \(action): '\(size.bytes)' bytes is not a positive multiple of the group's extents",
                cause: "volume group '\(tools.group)' has extents of \(layout.extentSize.bytes) bytes",
                remedy: "request a multiple of \(layout.extentSize)"
            )
        }
    }
}
