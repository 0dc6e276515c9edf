internal import Exports
public import Identity
public import VolumeDriver

extension LoopbackDriver: ReadOnlyExportingDriver {
    /// Only NBD.
    public var exportTypes: Set<ExportType> { [.nbd] }

    /// Serves the volume's file by a separate process, which gets the very file that is open and locked here, for a read-only
    /// export opened for reading only. A volume with a loop device is not served, because the two could not see each
    /// other's writes.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        let action = "export volume '\(volume)' as \(type)" + (isReadOnly ? " read-only" : "")
        guard let server, type == .nbd else {
            let offer = server == nil ? "no export" : "nbd only"
            throw DriverError(.refused, "cannot \(action): pool directory '\(directory)' offers \(offer)")
        }
        let held = try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { throw missing(volume) }
            let held = try HeldFile.volume(volume, in: pool)
            guard let size = try pool.size(of: .volume(volume), held.status), size > .zero else {
                throw missing(volume)
            }
            try pool.checkIsUnbound(held.status, volume, loopDevices.blockDevices)
            if !server.isRunning(volume.backendName) { try pool.checkIsClosed(held, volume) }
            return (held, isOpen: try pool.isOpenInQEMU(held, volume))
        }
        defer { withExtendedLifetime(held) {} }
        // A server of a file that it does not have open serves one that was removed without this driver.
        if !held.isOpen { try await server.stop(volume.backendName, action) }
        let image = NBDImage.file(held.0.file.path, format: options.format, keepsSpace: options.allocation == .full)
        return try await server.start(volume.backendName, image, isReadOnly: isReadOnly, action)
    }

    /// Ends the server process.
    public func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await checkPool()
        try await server?.stop(volume.backendName, "end the export of volume '\(volume)'")
    }

    /// Returns the export of the volume's file.
    public func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        try await checkPool()
        return server?.export(of: volume.backendName)
    }

    /// - Throws: `busy` while the volume is exported. A virtual machine that has the file open does not matter here.
    func refuseIfExported(
        _ volume: VolumeID,
        _ held: HeldFile,
        in pool: borrowing PoolDirectory
    ) throws(DriverError) {
        guard let server, try pool.isOpenInQEMU(held, volume), server.isRunning(volume.backendName) else { return }
        throw DriverError(
            .busy,
            "volume file '\(pool.path(of: volume))' is exported",
            remedy: "end its export first"
        )
    }
}
