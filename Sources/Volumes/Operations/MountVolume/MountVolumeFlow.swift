internal import FileSystems
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that mounts a volume.
struct MountVolumeRequest: Fields {
    @Field var volume: VolumeID
    /// The host's name, for the record.
    @Field var host: String
    /// The directory to mount it at: an absolute path without symbolic links.
    @Field var directory: String
    /// The file system that an empty volume gets and any other must have; `nil` for any.
    @Field var fileSystem: FileSystemType?
}

/// The flow that mounts a volume. An empty volume gets a file system first; a volume that holds anything is never
/// formatted.
///
/// A new file system stays when a later step fails, because it has replaced no data.
func mountVolumeFlow(pools: PoolRegistry) throws(FlowCompilationError) -> Flow<MountVolumeRequest> {
    let upgrades = [Upgrade(from: 1) { _ in }, Upgrade(from: 2) { _ in }]
    return try Flow("mount-volume", version: 3, taking: MountVolumeRequest.self, upgrades: upgrades) {
        MarkAttaching(kind: .mounted)
        GiveAccess(kind: .mounted, pools: pools)
        FindFileSystem()
        MakeFileSystem()
        MountFileSystem()
        FinishAttachment()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .attaching, as: .inUse)
    }
}

/// Determines what the device holds, before anything is written to it.
struct FindFileSystem: FlowTask, PlacedTask {
    struct Input: Fields {
        @Field var pool: String
        @Field var host: String
        @Field var access: VolumeAccess
        @Field var fileSystem: FileSystemType?
    }
    struct Output: Fields {
        /// Whether the volume is empty, so that it gets a file system.
        @Field var isEmpty: Bool
    }
    static let name = "find-file-system"

    func place(for input: Input) -> Place? { .use(ofVolumeIn: input.pool, on: input.host) }

    func execute(_ input: Input) async throws -> Output {
        let (device, tools) = (try input.access.device, FileSystemTools())
        let found = try await tools.signatures(on: device)
        if found.isEmpty {
            guard try tools.isBlank(device) else {
                throw DriverError(
                    .refused,
                    "'\(device)' holds data that is not a file system",
                    remedy: "if the data is not needed, attach the volume and make a file system with `mkfs.ext4`"
                )
            }
            guard !input.access.isReadOnly else {
                throw DriverError(
                    .refused,
                    "'\(device)' is empty and read-only",
                    remedy: "make the volume read-write until it has a file system"
                )
            }
            return Output(isEmpty: true)
        }
        if let wanted = input.fileSystem, !found.contains(wanted.rawValue) {
            throw DriverError(
                .refused,
                "'\(device)' holds \(found.joined(separator: ", ")), not \(wanted)",
                remedy: "mount it without naming a file system"
            )
        }
        return Output(isEmpty: false)
    }
}

/// Makes a file system on an empty device and verifies that it exists.
struct MakeFileSystem: FlowTask, PlacedTask {
    struct Input: Fields {
        @Field var pool: String
        @Field var host: String
        @Field var access: VolumeAccess
        @Field var fileSystem: FileSystemType?
        @Field var isEmpty: Bool
    }
    static let name = "make-file-system"

    func place(for input: Input) -> Place? { .use(ofVolumeIn: input.pool, on: input.host) }

    func execute(_ input: Input) async throws -> Nothing {
        guard input.isEmpty else { return Nothing() }
        let (device, tools, type) = (try input.access.device, FileSystemTools(), input.fileSystem ?? .ext4)
        // After an interruption, the device may hold a part of this flow's own file system.
        try await tools.make(type, on: device, isForced: TaskContext.required.isRepetition)
        guard try await tools.signatures(on: device).contains(type.rawValue) else {
            throw DriverError(
                .broken,
                "mkfs.\(type) reported success, but '\(device)' has no file system '\(type)'"
            )
        }
        return Nothing()
    }
}

/// Mounts the device's file system and verifies that it is mounted.
struct MountFileSystem: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var pool: String
        @Field var host: String
        @Field var access: VolumeAccess
        @Field var directory: String
        @Field var oldStatus: VolumeStatus
    }
    static let name = "mount-file-system"

    func place(for input: Input) -> Place? { .use(ofVolumeIn: input.pool, on: input.host) }

    func execute(_ input: Input) async throws -> Nothing {
        try await Mount(input.access, at: input.directory).make()
        return Nothing()
    }

    /// Unmounts the file system, unless it was mounted before the flow.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        guard input.oldStatus != .inUse else { return }
        try await Mount(input.access, at: input.directory).remove()
    }
}

extension VolumeAccess {
    /// The path of the block device.
    fileprivate var device: String {
        get throws(DriverError) {
            guard case .local(let attachment) = self, attachment.isDevice else {
                throw DriverError(
                    .refused,
                    "the volume is a file here, not a device",
                    remedy: "use a raw volume, on a host with devices"
                )
            }
            return attachment.path
        }
    }
}

extension StartableOperation<MountVolumeRequest> {
    static func mountVolume(pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try mountVolumeFlow(pools: pools),
            rule: .attachVolume,
            retryPolicy: .goOnReverting,
            driverStep: GiveAccess.name,
            isRevertible: true,
            isWithinProject: true,
            headline: { "volume \"\($0)\" was not mounted" }
        )
    }
}
