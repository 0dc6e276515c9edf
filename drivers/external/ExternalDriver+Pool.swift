public import Identity
public import VolumeDriver

extension ExternalDriver: ManagingDriver, HealthCheckingDriver {
    /// Asks the executable for what could be taken over.
    public func manageableObjects() async throws(DriverError) -> [ManageableObject] {
        let request = ExternalRequest(operation: .listManageable)
        let objects = try await call(request, "list what could be taken over", Manageable.self).objects
        try checkUnique(objects.map(\.name), "list what could be taken over")
        return objects
    }

    /// Asks the executable to take an object over.
    public func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount {
        let request = ExternalRequest(operation: .manage, operationID: operation, volume: volume, name: name)
        return try await call(request, "take '\(name.printable)' over as volume '\(volume)'", Sized.self).size
    }

    /// Asks the executable to let go of the volume.
    public func unmanage(
        _ volume: VolumeID,
        as name: String,
        operation: OperationID
    ) async throws(DriverError) {
        let request = ExternalRequest(operation: .unmanage, operationID: operation, volume: volume, name: name)
        _ = try await call(request, "let go of volume '\(volume)' as '\(name.printable)'")
    }

    /// Asks the executable to prepare its pool.
    public func setUp() async throws(DriverError) {
        _ = try await call(ExternalRequest(operation: .setUp), "set up the pool")
    }

    /// Asks the executable what is wrong with its pool; that it does not answer is a finding, too.
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
