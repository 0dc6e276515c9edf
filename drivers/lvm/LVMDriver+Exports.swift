internal import Exports
public import Identity
public import VolumeDriver

/// An exported volume is active but not attached: it has the tag `volumectl.resting`, like a temporarily active one,
/// and a server has it open. So a volume whose server died looks like one that a killed call has left, and the next
/// call restores it.
extension LVMDriver: ReadOnlyExportingDriver {
    /// Only NBD.
    public var exportTypes: Set<ExportType> { [.nbd] }

    /// Serves the volume's device by a separate process, unless the volume is attached. For a read-only export the process
    /// has it open for reading only.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        let action = "export volume '\(volume)' as \(type)" + (isReadOnly ? " read-only" : "")
        guard let server, type == .nbd else {
            let offer = server == nil ? "no export" : "nbd only"
            throw DriverError(.refused, "cannot \(action): volume group '\(tools.group)' offers \(offer)")
        }
        return try await exclusively(volume) { () throws(DriverError) in
            let found = try usable(volume, try await holdings(of: volume, to: action), to: action)
            let wasExported = isExported(found)
            if found.isAttached || !wasExported { try refuseIfAttached(found, to: action) }
            if !found.tags.contains(Tag.resting) {
                try await tools.retag(found.name, adding: [Tag.resting], to: action)
            }
            do throws(DriverError) {
                if found.attributes.isReadOnly { try await tools.permitWrites(found.name, to: action) }
                if !found.attributes.isActive { try await tools.activate(found.name, to: action) }
                let device = NBDImage.device(tools.device(found.name))
                let export = try await server.start(found.name, device, isReadOnly: isReadOnly, action)
                try await refuseUnlessResting(volume, to: action)
                return export
            } catch {
                // In a separate task, because the current one may be cancelled.
                if !wasExported { await Task { try? await end(volume, server, action) }.value }
                throw error
            }
        }
    }

    /// Ends the process and deactivates the volume, even if the process has died.
    public func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        guard let server else { return }
        let action = "end the export of volume '\(volume)'"
        try await checkPool(to: action)
        try await exclusively(volume) { () throws(DriverError) in
            try await end(volume, server, action)
        }
    }

    /// Returns the volume's export.
    public func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        try await checkPool(to: "look how volume '\(volume)' is exported")
        return server?.export(of: volume.backendName)
    }

    private func checkPool(to action: String) async throws(DriverError) {
        if tools.pool != nil { _ = try await tools.volumeGroup(to: action) }
    }

    private func end(_ volume: VolumeID, _ server: NBDServer, _ action: String) async throws(DriverError) {
        let wasRunning = server.isRunning(volume.backendName)
        try await server.stop(volume.backendName, action)
        guard let found = try await holdings(of: volume, to: action).volume else { return }
        let isReverting = found.tag(Tag.revertingPrefix) != nil
        // A volume that a call has open is deactivated by that call; right after the end of a server, udev may have it
        // open.
        guard found.tags.contains(Tag.resting), !isReverting, wasRunning || !found.attributes.isOpen else { return }
        try await rest(found.name, to: action)
    }

    /// Another process may have attached or deactivated the volume before the server had opened it.
    private func refuseUnlessResting(_ volume: VolumeID, to action: String) async throws(DriverError) {
        let found = try await holdings(of: volume, to: action).volume
        guard let found, found.attributes.isActive, found.tags.contains(Tag.resting) else {
            throw DriverError(.busy, "cannot \(action): another call uses it at the moment", remedy: "try again")
        }
    }

    /// Whether the volume has a server process, even one that is starting or ending.
    func isExported(_ volume: LogicalVolume) -> Bool { server?.isRunning(volume.name) ?? false }

    /// - Throws: `busy` while the volume is exported.
    func refuseIfExported(_ volume: LogicalVolume, to action: String) throws(DriverError) {
        guard isExported(volume) else { return }
        throw DriverError(.busy, "cannot \(action): it is exported", remedy: "end its export first")
    }
}
