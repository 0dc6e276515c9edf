internal import Exports
public import Identity
public import VolumeDriver

/// A volume that is served is active but not attached: it has the tag `volumectl.resting`, as one that is active for the
/// sake of a call, and a server that has it open. So one whose server died is what a call that was killed leaves, and is
/// mended by whatever comes next.
extension LVMDriver: ExportingDriver {
    /// NBD.
    public var exportTypes: Set<ExportType> { [.nbd] }

    /// Serves the volume's device by a process of its own, unless it is attached.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        let action = "export volume '\(volume)' as \(type)"
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
                if !found.attributes.isActive { try await tools.activate(found.name, to: action) }
                let export = try await server.start(found.name, .device(tools.device(found.name)), action)
                try await refuseUnlessResting(volume, to: action)
                return export
            } catch {
                // Also when the call was cancelled: another task is not.
                if !wasExported { await Task { try? await end(volume, server, action) }.value }
                throw error
            }
        }
    }

    /// Ends the process, and deactivates the volume, also after a process that has died.
    public func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        guard let server else { return }
        let action = "end the export of volume '\(volume)'"
        try await checkPool(to: action)
        try await exclusively(volume) { () throws(DriverError) in
            try await end(volume, server, action)
        }
    }

    /// Where the volume is served.
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
        // What a call has open that call puts to rest; right after a server, it may be udev that has.
        guard found.tags.contains(Tag.resting), !isReverting, wasRunning || !found.attributes.isOpen else { return }
        try await rest(found.name, to: action)
    }

    /// Another process may have attached the volume, or put it to rest, before the server had it open.
    private func refuseUnlessResting(_ volume: VolumeID, to action: String) async throws(DriverError) {
        let found = try await holdings(of: volume, to: action).volume
        guard let found, found.attributes.isActive, found.tags.contains(Tag.resting) else {
            throw DriverError(.busy, "cannot \(action): another call uses it at this moment", remedy: "try again")
        }
    }

    /// Whether there is a server for the volume, also one that does not serve yet or any more.
    func isExported(_ volume: LogicalVolume) -> Bool { server?.isRunning(volume.name) ?? false }

    /// - Throws: `busy` while the volume is exported.
    func refuseIfExported(_ volume: LogicalVolume, to action: String) throws(DriverError) {
        guard isExported(volume) else { return }
        throw DriverError(.busy, "cannot \(action): it is exported", remedy: "end its export first")
    }
}
