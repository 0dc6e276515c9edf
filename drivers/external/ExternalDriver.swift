public import Identity
public import Programs
public import VolumeDriver

/// Any executable as a driver, by the protocol that `README.md` and `protocol.schema.json` describe.
///
/// Holds no state but what the executable has said of itself when it was asked first. If it could not say, every call
/// throws the reason.
public struct ExternalDriver: VolumeDriver {
    /// `external`.
    public static let kind = "external"
    /// The version of the protocol that is spoken here.
    public static let protocolVersion = 1
    /// For a call that moves no data.
    public static let defaultTimeLimit = Duration.seconds(300)
    /// For a call that may move all data of a volume.
    public static let defaultTransferTimeLimit = Duration.seconds(24 * 3600)

    let caller: ExternalCaller
    let described: Result<Described, DriverError>
    /// The mark that the pool has to have; `nil` for any, or none.
    var pool: PoolID?

    /// Asks the executable once what it can do.
    ///
    /// - Parameters:
    ///   - command: the executable.
    ///   - timeLimit: for a call that moves no data.
    ///   - transferTimeLimit: for a call that may move all data of a volume.
    ///   - runner: what executes it.
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

    /// Throws the reason for which the executable could not say what it can do.
    public func checkDescription() throws(DriverError) { _ = try described.get() }

    /// As the executable has said; thick, in single bytes, if it could not.
    public var capabilities: DriverCapabilities {
        guard case .success(let described) = described else {
            return DriverCapabilities(isThin: false, granule: ByteCount(bytes: 1) ?? .zero)
        }
        return DriverCapabilities(isThin: described.thin, granule: described.granule)
    }

    /// All that the executable has not claimed.
    public var withheldFeatures: DriverFeatures {
        guard case .success(let described) = described else { return .all }
        return DriverFeatures.all.subtracting(described.features)
    }

    /// Asks the executable to make the volume.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .create, operationID: operation, volume: volume, size: size)
        _ = try await call(request, "create volume '\(volume)'")
    }

    /// Asks the executable to remove the volume.
    public func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let request = ExternalRequest(operation: .delete, operationID: operation, volume: volume)
        _ = try await call(request, "delete volume '\(volume)'")
    }

    /// Asks the executable what it has of the volume.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        let request = ExternalRequest(operation: .inspect, volume: volume)
        return try await call(request, "inspect volume '\(volume)'", Presence.self).presence
    }

    /// Asks the executable for its volumes.
    public func list() async throws(DriverError) -> [BackendVolume] {
        let request = ExternalRequest(operation: .list)
        let volumes = try await call(request, "list volumes", Volumes.self).volumes.map(\.value)
        try checkUnique(volumes.map(\.id), "list volumes")
        return volumes
    }

    /// Asks the executable for its room.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        let room = try await call(ExternalRequest(operation: .capacity), "ask for the pool's room", PoolCapacity.self)
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

    /// The place that the executable has named for volumes, or the executable itself.
    public func location(of volume: VolumeID) -> String {
        guard case .success(let described) = described, let place = described.location?.printable else {
            return "\(volume.backendName) of \(caller.command.path)"
        }
        let parts = place.split(separator: "{volume}", omittingEmptySubsequences: false)
        return parts.joined(separator: volume.backendName)
    }

    /// Makes a call, unless the executable can't be used at all.
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

    /// Refuses a list that names something twice.
    func checkUnique<ID: Hashable>(_ ids: [ID], _ action: String) throws(DriverError) {
        var seen: Set<ID> = []
        guard let twice = ids.first(where: { !seen.insert($0).inserted }) else { return }
        throw DriverError(
            .broken,
            "cannot \(action)",
            cause: "'\(caller.command.path)' lists '\(twice)' twice",
            remedy: "tell who wrote it"
        )
    }
}
