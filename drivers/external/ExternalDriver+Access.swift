public import Identity
public import VolumeDriver

extension ExternalDriver: ReadOnlyAttachingDriver, ReadOnlyExportingDriver {
    /// The types that the executable reports.
    public var exportTypes: Set<ExportType> { (try? described.get())?.exportTypes ?? [] }

    /// Calls the executable to attach the volume.
    public func attach(
        _ volume: VolumeID,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> LocalAttachment {
        let action = "attach volume '\(volume)'" + (isReadOnly ? " read-only" : "")
        var request = ExternalRequest(operation: .attach, operationID: operation, volume: volume)
        if isReadOnly { request.readOnly = true }
        return try await present(call(request, action, Attachment.self).attachment, action)
    }

    /// Calls the executable to detach the volume.
    public func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .detach, operationID: operation, volume: volume)
        _ = try await call(request, "detach volume '\(volume)'")
    }

    /// Calls the executable for the volume's attachment.
    public func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        let request = ExternalRequest(operation: .inspectAttachment, volume: volume)
        return try await call(request, "look where volume '\(volume)' is attached", Attachment.self).attachment
    }

    /// Calls the executable to export the volume.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        let action = "export volume '\(volume)' as \(type)" + (isReadOnly ? " read-only" : "")
        var request = ExternalRequest(operation: .export, operationID: operation, volume: volume, type: type)
        if isReadOnly { request.readOnly = true }
        return try await present(call(request, action, Export.self).export, action)
    }

    /// Calls the executable to end the export.
    public func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .unexport, operationID: operation, volume: volume)
        _ = try await call(request, "end the export of volume '\(volume)'")
    }

    /// Calls the executable for the volume's export.
    public func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        let request = ExternalRequest(operation: .inspectExport, volume: volume)
        return try await call(request, "look how volume '\(volume)' is exported", Export.self).export
    }

    private func present<Value>(_ value: Value?, _ action: String) throws(DriverError) -> Value {
        guard let value else {
            throw DriverError(
                .broken,
                "cannot \(action)",
                cause: "'\(caller.command.path)' reports success without a location",
                remedy: "report it to its author"
            )
        }
        return value
    }
}
