public import Identity
public import Programs
public import VolumeDriver

/// A driver whose calls are executions of a program, by the protocol in `README.md` and `protocol.schema.json`.
///
/// Its only state is the executable's description of itself, from the first call. If that call failed, every other call
/// throws its error.
public struct ExternalDriver: VolumeDriver {
    /// `external`.
    public static let kind = "external"
    /// The version of the protocol.
    public static let protocolVersion = 1
    /// The time limit of a call that moves no data.
    public static let defaultTimeLimit = Duration.seconds(300)
    /// The time limit of a call that may move all data of a volume.
    public static let defaultTransferTimeLimit = Duration.seconds(24 * 3600)

    let caller: ExternalCaller
    let described: Result<Described, DriverError>
    /// The pool's mark, which every call requires; `nil` for an unbound driver.
    var pool: PoolID?

    /// Calls the executable once for its description.
    ///
    /// - Parameters:
    ///   - command: the executable.
    ///   - timeLimit: the limit of a call that moves no data.
    ///   - transferTimeLimit: the limit of a call that may move all data of a volume.
    ///   - runner: executes the command.
    public init(
        _ command: ExternalCommand,
        timeLimit: Duration = defaultTimeLimit,
        transferTimeLimit: Duration = defaultTransferTimeLimit,
        runner: any ProgramRunner = SystemPrograms()
    ) async {
        caller = ExternalCaller(
            command: command,
            runner: runner,
            timeLimit: timeLimit,
            transferTimeLimit: transferTimeLimit
        )
        do throws(DriverError) {
            let request = ExternalRequest(operation: .capabilities)
            described = .success(try await caller.call(request, "ask what the driver can do", Described.self))
        } catch {
            described = .failure(error)
        }
    }

    /// Throws the error of the call for the description, if it failed.
    public func checkDescription() throws(DriverError) { _ = try described.get() }

    /// The capabilities that the executable reports; without a description thick, with an allocation unit of one byte.
    public var capabilities: DriverCapabilities {
        guard case .success(let described) = described else {
            return DriverCapabilities(isThin: false, granule: ByteCount(bytes: 1) ?? .zero)
        }
        return DriverCapabilities(isThin: described.thin, granule: described.granule)
    }

    /// All features that the executable does not report.
    public var withheldFeatures: DriverFeatures {
        guard case .success(let described) = described else { return .all }
        return DriverFeatures.all.subtracting(described.features)
    }

    /// Calls the executable to create the volume.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .create, operationID: operation, volume: volume, size: size)
        _ = try await call(request, "create volume '\(volume)'")
    }

    /// Calls the executable to remove the volume.
    public func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .delete, operationID: operation, volume: volume)
        _ = try await call(request, "delete volume '\(volume)'")
    }

    /// Calls the executable for the state of the volume.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        let request = ExternalRequest(operation: .inspect, volume: volume)
        return try await call(request, "inspect volume '\(volume)'", Presence.self).presence
    }

    /// Calls the executable for its volumes.
    public func list() async throws(DriverError) -> [BackendVolume] {
        let request = ExternalRequest(operation: .list)
        let volumes = try await call(request, "list volumes", Volumes.self).volumes.map(\.value)
        try checkUnique(volumes.map(\.id), "list volumes")
        return volumes
    }

    /// Calls the executable for its capacity.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        let room = try await call(ExternalRequest(operation: .capacity), "ask for the capacity", PoolCapacity.self)
        return PoolCapacity(
            total: room.total,
            free: room.free,
            logical: room.logical,
            allocated: room.allocated,
            data: room.data,
            metadata: room.metadata,
            backing: room.backing?.printable
        )
    }

    /// The location that the executable reports for volumes, or the executable itself.
    public func location(of volume: VolumeID) -> String {
        guard case .success(let described) = described, let place = described.location?.printable else {
            return "\(volume.backendName) of \(caller.command.path)"
        }
        let parts = place.split(separator: "{volume}", omittingEmptySubsequences: false)
        return parts.joined(separator: volume.backendName)
    }

    /// Makes a call, unless there is no description of the executable.
    func call<Result: Decodable>(
        _ request: ExternalRequest,
        _ action: String,
        _ result: Result.Type = Done.self,
        isTransfer: Bool = false,
        line: (@Sendable (String) -> Void)? = nil
    ) async throws(DriverError) -> Result {
        _ = try described.get()
        var request = request
        request.pool = request.pool ?? pool
        return try await caller.call(request, action, result, isTransfer: isTransfer, line: line)
    }

    /// Refuses a list with repeated names.
    func checkUnique<ID: Hashable>(_ ids: [ID], _ action: String) throws(DriverError) {
        var seen: Set<ID> = []
        guard let twice = ids.first(where: { !seen.insert($0).inserted }) else { return }
        throw DriverError(
            .broken,
            "cannot \(action)",
            cause: "'\(caller.command.path)' lists '\(twice)' twice",
            remedy: "report it to its author"
        )
    }
}
