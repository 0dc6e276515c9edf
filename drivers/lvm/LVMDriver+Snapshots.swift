public import Identity
public import VolumeDriver

extension LVMDriver: SnapshottingDriver {
    /// Creates the snapshot by one command. A thin snapshot shares data with the volume; a classic one has enough space
    /// for a change of the whole volume.
    public func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "create snapshot '\(snapshot)' of volume '\(volume)'"
        try await exclusively(volume) { () throws(DriverError) in
            let holdings = try await holdings(of: volume, to: action)
            if let found = holdings.snapshot(snapshot) {
                guard found.presence == .partial else { return }
                try await discard(found, to: action)
            }
            let source = try usable(volume, holdings, to: action)
            guard !holdings.isReverting(to: snapshot) else {
                throw DriverError(
                    .busy,
                    "cannot \(action): a revert to it was cut short",
                    remedy: "revert the volume to it again"
                )
            }
            try await makeSnapshot(snapshot, of: volume, source, operation, to: action)
        }
    }

    /// LVM suspends the volume while it makes a snapshot, of which clones are made, too.
    public func copiesAtOnce() async throws(DriverError) -> Bool { true }

    func makeSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        _ source: LogicalVolume,
        _ operation: OperationID,
        to action: String
    ) async throws(DriverError) {
        let size = source.sizeBeforeExtension ?? source.size
        let tags = tags(volume, operation) + [Tag.snapshot(snapshot), Tag.size(size)]
        let attempt = try await tools.attempt(
            action,
            "lvcreate",
            snapshotArguments(snapshot.logicalVolumeName, of: source, tags: tags)
        )
        if attempt.isSuccess { return }
        if let other = try await tools.volumes(.named(snapshot.logicalVolumeName), to: action).first {
            if other.owner == volume { return }
            throw attempt.error(
                .refused,
                "cannot \(action): it is a snapshot of "
                    + (other.owner.map { "volume '\($0)'" } ?? "somebody else's volume"),
                remedy: "use another id"
            )
        }
        let group = try await tools.volumeGroup(to: action)
        throw attempt.error(
            .retryableElsewhere,
            "cannot \(action): LVM refuses",
            remedy: source.attributes.isThinVolume
                ? "look at `lvs -a \(group.name)`"
                : "\(group.free) are free, and as much as the volume has is needed: vgextend \(group.name) DEVICE"
        )
    }

    /// - Parameter isReadOnly: whether the snapshot is read-only; one that becomes a volume is not.
    func snapshotArguments(
        _ name: String,
        of source: LogicalVolume,
        tags: [String],
        isReadOnly: Bool = true
    ) -> [String] {
        // A classic snapshot of just the volume's size could overflow, because its metadata needs space, too.
        let room = source.attributes.isThinVolume ? [] : ["-l", "100%ORIGIN"]
        return [
            "--yes", "--name", name, "--snapshot", "--setactivationskip", "y", "--permission", isReadOnly ? "r" : "rw",
        ]
            + room + tags.flatMap { ["--addtag", $0] } + [tools.path(source.name)]
    }

    /// Removes the snapshot, after clearing the used part of a classic one's store.
    public func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "delete snapshot '\(snapshot)' of volume '\(volume)'"
        try await exclusively(volume) { () throws(DriverError) in
            let holdings = try await holdings(of: volume, to: action)
            if let kept = holdings.kept(snapshot) { try await discard(kept, to: action) }
            if let found = holdings.snapshot(snapshot) {
                if found.attributes.isOpen {
                    throw DriverError(
                        .busy,
                        "cannot \(action): it is open",
                        remedy: "lsof \(tools.device(found.name))"
                    )
                }
                try await discard(found, to: action)
            }
            let mark = Tag.reverting(to: snapshot)
            if let found = holdings.volume, found.tags.contains(mark) {
                try await tools.retag(found.name, removing: [mark], to: action)
            }
        }
    }

    /// Returns the state of the snapshot.
    public func inspectSnapshot(_ snapshot: SnapshotID, of volume: VolumeID) async throws(DriverError) -> VolumePresence
    {
        try await holdings(of: volume, to: "look at snapshot '\(snapshot)'").presence(of: snapshot)
    }

    /// Lists all snapshots with this driver's names and tags.
    public func listSnapshots() async throws(DriverError) -> [BackendSnapshot] {
        try await tools.volumes(.all, to: "list the snapshots in '\(tools.group)'")
            .compactMap { found in
                guard let id = SnapshotID(logicalVolumeName: found.name), let owner = found.owner else { return nil }
                return BackendSnapshot(id: id, of: owner, presence: found.presence)
            }
    }

    /// Creates the volume as a thin snapshot of the snapshot, or as a copy of a classic one.
    public func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "create volume '\(volume)' from snapshot '\(snapshot)'"
        let layout = try await layout(to: action)
        try check(size, layout, to: action)
        try await exclusively(volume, source) { () throws(DriverError) in
            let (found, length) = try usable(snapshot, try await holdings(of: source, to: action), to: action)
            try refuse(size, lessThan: length, to: action)
            try await make(volume, size, asCopyOf: found, length: length, operation, layout, to: action)
        }
    }

    func refuse(_ size: ByteCount, lessThan length: ByteCount, to action: String) throws(DriverError) {
        guard size < length else { return }
        throw DriverError(
            .refused,
            "cannot \(action) with \(size.bytes) bytes: the source has \(length.bytes)",
            remedy: "request at least \(length)"
        )
    }

    /// Creates a volume with the first `length` bytes of `source`.
    func make(
        _ volume: VolumeID,
        _ size: ByteCount,
        asCopyOf source: LogicalVolume,
        length: ByteCount,
        _ operation: OperationID,
        _ layout: Layout,
        to action: String
    ) async throws(DriverError) {
        let name = volume.backendName
        if source.attributes.isThinVolume {
            let isWhole = size == source.size
            let tags = tags(volume, operation) + (isWhole ? [] : [Tag.partial])
            let arguments = snapshotArguments(name, of: source, tags: tags, isReadOnly: false)
            if try await make(volume, size: size, layout, arguments, finishesPartial: false, to: action) { return }
            guard !isWhole else { return }
            try await tools.run(action, "lvextend", ["-L", "\(size.bytes)b", tools.path(name)])
            return try await tools.retag(name, removing: [Tag.partial], to: action)
        }
        let arguments = thickArguments(volume, size, tags: tags(volume, operation) + [Tag.partial])
        if try await make(volume, size: size, layout, arguments, to: action) { return }
        try await tools.activate(name, to: action)
        // A snapshot is active together with its origin.
        try await awake(source.origin ?? source.name, to: action) { () throws(DriverError) in
            let copy = BlockCopy(
                source: tools.device(source.name),
                target: tools.device(name),
                count: length.bytes,
                end: size.bytes
            )
            try await devices.copy(copy, options: TransferOptions())
        }
        try await finish(name, to: action)
    }
}
