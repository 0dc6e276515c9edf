public import Identity
public import VolumeDriver

extension FaultDriver: VolumeDriver {
    /// The wrapped driver's capabilities.
    public var capabilities: DriverCapabilities { base.capabilities }

    /// The features that the wrapped driver does not support.
    public var withheldFeatures: DriverFeatures { DriverFeatures.all.subtracting(base.features) }

    /// The wrapped driver's location.
    public func location(of volume: VolumeID) -> String { base.location(of: volume) }

    /// The wrapped call, with injected faults.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        try await call(.create, size: size) { base, size throws(DriverError) in
            try await base.create(volume, size: size, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await call(.delete) { base throws(DriverError) in try await base.delete(volume, operation: operation) }
    }

    /// The wrapped call, with injected faults.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await call(.inspect) { base throws(DriverError) in try await base.inspect(volume) }
    }

    /// The wrapped call, with injected faults.
    public func list() async throws(DriverError) -> [BackendVolume] {
        try await call(.list) { base throws(DriverError) in try await base.list() }
    }

    /// The wrapped call, with injected faults.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        try await call(.capacity) { base throws(DriverError) in try await base.capacity() }
    }

}

extension FaultDriver: ExtendingDriver {
    /// The wrapped call, with injected faults.
    public func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        try await call(.extend, size: size) { base, size throws(DriverError) in
            try await base.extending.extend(volume, to: size, operation: operation)
        }
    }

}

extension FaultDriver: RevertingDriver {
    /// The wrapped call, with injected faults.
    public func createSnapshot(_ snapshot: SnapshotID, of volume: VolumeID, operation: OperationID)
        async throws(DriverError)
    {
        try await call(.createSnapshot) { base throws(DriverError) in
            try await base.snapshotting.createSnapshot(snapshot, of: volume, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func deleteSnapshot(_ snapshot: SnapshotID, of volume: VolumeID, operation: OperationID)
        async throws(DriverError)
    {
        try await call(.deleteSnapshot) { base throws(DriverError) in
            try await base.snapshotting.deleteSnapshot(snapshot, of: volume, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func inspectSnapshot(_ snapshot: SnapshotID, of volume: VolumeID) async throws(DriverError) -> VolumePresence
    {
        try await call(.inspectSnapshot) { base throws(DriverError) in
            try await base.snapshotting.inspectSnapshot(snapshot, of: volume)
        }
    }

    /// The wrapped call, with injected faults.
    public func listSnapshots() async throws(DriverError) -> [BackendSnapshot] {
        try await call(.listSnapshots) { base throws(DriverError) in try await base.snapshotting.listSnapshots() }
    }

    /// The wrapped call, with injected faults.
    public func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try await call(.createFromSnapshot, size: size) { base, size throws(DriverError) in
            try await base.snapshotting.create(volume, size: size, from: snapshot, of: source, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func revert(_ volume: VolumeID, to snapshot: SnapshotID, operation: OperationID) async throws(DriverError) {
        try await call(.revert) { base throws(DriverError) in
            try await base.reverting.revert(volume, to: snapshot, operation: operation)
        }
    }

}

extension FaultDriver: CloningDriver {
    /// The wrapped call, with injected faults.
    public func clone(_ source: VolumeID, as volume: VolumeID, size: ByteCount, operation: OperationID)
        async throws(DriverError)
    {
        try await call(.clone, size: size) { base, size throws(DriverError) in
            try await base.cloning.clone(source, as: volume, size: size, operation: operation)
        }
    }

}

extension FaultDriver {
    /// The wrapped driver's answer.
    public func copiesAtOnce() async throws(DriverError) -> Bool { try await base.copiesAtOnce() }
}

extension FaultDriver: SnapshotReadingDriver {
    /// The wrapped driver's formats.
    public var imageFormats: Set<ImageFormat> { (try? base.imaging.imageFormats) ?? [] }

    /// The wrapped call, with injected faults.
    public func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        try await call(.writeImage) { base throws(DriverError) in
            try await base.imaging.writeImage(image, into: volume, options: options, operation: operation)
        }
    }

    /// The wrapped driver's answer.
    public func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool? {
        try await base.imaging.compare(volume, with: image)
    }

    /// The wrapped call, with injected faults.
    public func readImage(of volume: VolumeID, to image: VolumeImage, options: TransferOptions, operation: OperationID)
        async throws(DriverError)
    {
        try await call(.readImage) { base throws(DriverError) in
            try await base.imaging.readImage(of: volume, to: image, options: options, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func readImage(
        of snapshot: SnapshotID,
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        try await call(.readImage) { base throws(DriverError) in
            try await base.snapshotReading
                .readImage(of: snapshot, of: volume, to: image, options: options, operation: operation)
        }
    }

}

extension FaultDriver: ReadOnlyAttachingDriver {
    /// The wrapped call, with injected faults.
    public func attach(
        _ volume: VolumeID,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> LocalAttachment {
        try await call(.attach) { base throws(DriverError) in
            guard isReadOnly else { return try await base.attaching.attach(volume, operation: operation) }
            return try await base.readOnlyAttaching.attach(volume, isReadOnly: true, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await call(.detach) { base throws(DriverError) in
            try await base.attaching.detach(volume, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        try await call(.attachment) { base throws(DriverError) in try await base.attaching.attachment(of: volume) }
    }

}

extension FaultDriver: ReadOnlyExportingDriver {
    /// The wrapped driver's types.
    public var exportTypes: Set<ExportType> { (try? base.exporting.exportTypes) ?? [] }

    /// The wrapped call, with injected faults.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        try await call(.export) { base throws(DriverError) in
            guard isReadOnly else { return try await base.exporting.export(volume, as: type, operation: operation) }
            return try await base.readOnlyExporting.export(volume, as: type, isReadOnly: true, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await call(.unexport) { base throws(DriverError) in
            try await base.exporting.unexport(volume, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        try await call(.currentExport) { base throws(DriverError) in try await base.exporting.export(of: volume) }
    }

}

extension FaultDriver: ManagingDriver {
    /// The wrapped call, with injected faults.
    public func manageableObjects() async throws(DriverError) -> [ManageableObject] {
        try await call(.manageableObjects) { base throws(DriverError) in try await base.managing.manageableObjects() }
    }

    /// The wrapped call, with injected faults.
    public func manage(_ name: String, as volume: VolumeID, operation: OperationID) async throws(DriverError)
        -> ByteCount
    {
        try await call(.manage) { base throws(DriverError) in
            try await base.managing.manage(name, as: volume, operation: operation)
        }
    }

    /// The wrapped call, with injected faults.
    public func unmanage(_ volume: VolumeID, as name: String, operation: OperationID) async throws(DriverError) {
        try await call(.unmanage) { base throws(DriverError) in
            try await base.managing.unmanage(volume, as: name, operation: operation)
        }
    }

}

extension FaultDriver: HealthCheckingDriver {
    /// The wrapped call, with injected faults.
    public func setUp() async throws(DriverError) {
        try await call(.setUp) { base throws(DriverError) in try await base.healthChecking.setUp() }
    }

    /// The wrapped driver's findings.
    public func checkHealth() async -> [HealthFinding] {
        guard let base = try? base.healthChecking else { return [] }
        return await base.checkHealth()
    }

}

extension FaultDriver: MarkingDriver {
    /// The wrapped call, with injected faults.
    public func poolID() async throws(DriverError) -> PoolID? {
        try await call(.poolID) { base throws(DriverError) in try await base.marking.poolID() }
    }

    /// The wrapped call, with injected faults.
    public func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        try await call(.markPool) { base throws(DriverError) in try await base.marking.markPool(as: id) }
    }

    /// The wrapped driver, bound to the mark, with the same faults.
    public func bound(to pool: PoolID) -> FaultDriver {
        guard let marking = try? base.marking else { return self }
        return wrapping(marking.bound(to: pool))
    }
}
