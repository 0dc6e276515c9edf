public import Identity
public import VolumeDriver

extension ExternalDriver: AttachingDriver, ExportingDriver {
    /// As the executable has said.
    public var exportTypes: Set<ExportType> { (try? described.get())?.exportTypes ?? [] }

    /// Asks the executable to give this host access to the volume.
    public func attach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) -> LocalAttachment {
        let action = "attach volume '\(volume)'"
        let request = ExternalRequest(operation: .attach, operationID: operation, volume: volume)
        return try await present(call(request, action, Attachment.self).attachment, action)
    }

    /// Asks the executable to take the access away.
    public func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .detach, operationID: operation, volume: volume)
        _ = try await call(request, "detach volume '\(volume)'")
    }

    /// Asks the executable where the volume is accessible.
    public func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        let request = ExternalRequest(operation: .inspectAttachment, volume: volume)
        return try await call(request, "look where volume '\(volume)' is attached", Attachment.self).attachment
    }

    /// Asks the executable to serve the volume.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        let action = "export volume '\(volume)' as \(type)"
        let request = ExternalRequest(operation: .export, operationID: operation, volume: volume, type: type)
        return try await present(call(request, action, Export.self).export, action)
    }

    /// Asks the executable to end the service.
    public func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .unexport, operationID: operation, volume: volume)
        _ = try await call(request, "end the export of volume '\(volume)'")
    }

    /// Asks the executable how the volume is served.
    public func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        let request = ExternalRequest(operation: .inspectExport, volume: volume)
        return try await call(request, "look how volume '\(volume)' is exported", Export.self).export
    }

    private func present<Value>(_ value: Value?, _ action: String) throws(DriverError) -> Value {
        guard let value else {
            throw DriverError(
                .broken,
                "cannot \(action)",
                cause: "'\(caller.command.path)' says that it is done, but not where",
                remedy: "tell who wrote it"
            )
        }
        return value
    }
}
