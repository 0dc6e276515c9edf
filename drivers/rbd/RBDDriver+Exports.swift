internal import Exports
public import Identity
public import VolumeDriver

extension RBDDriver: ReadOnlyExportingDriver {
    /// Only NBD.
    public var exportTypes: Set<ExportType> { [.nbd] }

    /// The features that need QEMU's tools, if these are missing or lack RBD support.
    public var withheldFeatures: DriverFeatures {
        var withheld: DriverFeatures = []
        let canServe = server.isUsable && QEMU.canReadRBD
        if !canServe { withheld.formUnion([.export, .readOnlyExport]) }
        if !canServe || !ImageTool.isInstalled { withheld.insert(.image) }
        return withheld
    }

    /// Serves the image by a separate process. For a read-only export the process has it open for reading only. Clients need
    /// no access to Ceph.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        let action = "export volume '\(volume)' as \(type)" + (isReadOnly ? " read-only" : "")
        guard type == .nbd else {
            throw DriverError(.refused, "cannot \(action): pool '\(access.pool)' offers nbd only")
        }
        try await checkPool(action)
        if try await image(volume, action) == nil { throw try await missing(volume, action) }
        return try await server.start(volume.backendName, disk(volume), isReadOnly: isReadOnly, action)
    }

    /// Ends the process.
    public func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let action = "end the export of volume '\(volume)'"
        try await checkPool(action)
        try await server.stop(volume.backendName, action)
    }

    /// Returns the image's export.
    public func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        try await checkPool("look how volume '\(volume)' is exported")
        return server.export(of: volume.backendName)
    }

    /// The servers of this pool's exports.
    var server: NBDServer { NBDServer(directory: directory, runner: tool.runner) }

    /// The image of a volume or of its snapshot, for QEMU's tools.
    func disk(_ volume: VolumeID, _ snapshot: SnapshotID? = nil) -> NBDImage {
        .rbd(
            pool: access.pool,
            image: volume.backendName,
            snapshot: snapshot?.backendName,
            user: access.user,
            configuration: access.configuration,
            keyring: access.keyring
        )
    }
}
