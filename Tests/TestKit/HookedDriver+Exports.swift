package import Identity
package import VolumeDriver

extension HookedDriver: ReadOnlyExportingDriver {
    package var exportTypes: Set<ExportType> { [.nbd] }

    package func export(
        _ volume: VolumeID,
        as type: ExportType,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        try hook(.export, .before)
        guard let server = try servers?.make(for: volume, isReadOnly: isReadOnly) else {
            throw DriverError(.unsupported, "there are no servers")
        }
        try hook(.export, .after)
        return server.asExport
    }

    package func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try hook(.unexport, .before)
        servers?.remove(of: volume)
        try hook(.unexport, .after)
    }

    package func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        try hook(.lookAtExport, .before)
        let export = servers?.device(of: volume)?.asExport
        try hook(.lookAtExport, .after)
        return export
    }
}

extension LocalAttachment {
    /// The address of the server that this device represents.
    package var uri: String { "nbd+unix:///?socket=\(path)" }

    /// The server that this device represents.
    fileprivate var asExport: VolumeExport { VolumeExport(type: .nbd, uri: uri, isReadOnly: isReadOnly) }
}
