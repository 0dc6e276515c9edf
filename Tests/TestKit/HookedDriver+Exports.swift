package import Identity
package import VolumeDriver

extension HookedDriver: ExportingDriver {
    package var exportTypes: Set<ExportType> { [.nbd] }

    package func export(
        _ volume: VolumeID,
        as type: ExportType,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        try hook(.export, .before)
        guard let server = try servers?.make(for: volume) else {
            throw DriverError(.unsupported, "there are no servers")
        }
        try hook(.export, .after)
        return VolumeExport(type: type, uri: server.uri)
    }

    package func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try hook(.unexport, .before)
        servers?.remove(of: volume)
        try hook(.unexport, .after)
    }

    package func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        try hook(.lookAtExport, .before)
        let export = servers?.device(of: volume).map { VolumeExport(type: .nbd, uri: $0.uri) }
        try hook(.lookAtExport, .after)
        return export
    }
}

extension LocalAttachment {
    /// The address of the server that this device represents.
    package var uri: String { "nbd+unix:///?socket=\(path)" }
}
