public import Identity
public import VolumeDriver

extension ExternalDriver: ManagingDriver, HealthCheckingDriver {
    /// Calls the executable for its foreign objects.
    public func manageableObjects() async throws(DriverError) -> [ManageableObject] {
        let request = ExternalRequest(operation: .listManageable)
        let objects = try await call(request, "list foreign objects", Manageable.self).objects
        try checkUnique(objects.map(\.name), "list foreign objects")
        return objects
    }

    /// Calls the executable to manage an object.
    public func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount {
        let request = ExternalRequest(operation: .manage, operationID: operation, volume: volume, name: name)
        return try await call(request, "manage '\(name.printable)' as volume '\(volume)'", Sized.self).size
    }

    /// Calls the executable to unmanage the volume.
    public func unmanage(
        _ volume: VolumeID,
        as name: String,
        operation: OperationID
    ) async throws(DriverError) {
        let request = ExternalRequest(operation: .unmanage, operationID: operation, volume: volume, name: name)
        _ = try await call(request, "unmanage volume '\(volume)' as '\(name.printable)'")
    }

    /// Calls the executable to prepare its pool.
    public func setUp() async throws(DriverError) {
        _ = try await call(ExternalRequest(operation: .setUp), "set up the pool")
    }

    /// Calls the executable to check its pool. A failure of the call is a finding, too.
    public func checkHealth() async -> [HealthFinding] {
        do throws(DriverError) {
            let request = ExternalRequest(operation: .checkHealth)
            let findings = try await call(request, "check the pool", Findings.self).findings.map(\.finding)
            return [.ok("executable", "'\(caller.command.path)' answers")] + findings
        } catch {
            let remedy = error.remedy ?? "run '\(caller.command.path)' by hand"
            return [.failure("executable", error.description, remedy: remedy)]
        }
    }
}
