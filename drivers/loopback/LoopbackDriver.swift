public import Identity
public import VolumeDriver

/// Keeps volumes as sparse raw files, `volume-<uuid>`, in one directory.
///
/// Needs no privilege. Holds no state: each call opens the directory anew and checks that it is a real directory that
/// belongs to this user and that nobody else may write to. It is made, with those above it, when there is none.
///
/// The first driver of a process has it ignore `SIGXFSZ` if that signal would kill it, so that a volume above
/// `ulimit -f` fails as any other that does not fit.
public struct LoopbackDriver: VolumeDriver {
    /// `loopback`.
    public static let kind = "loopback"

    private static let granule: Int64 = 4096

    private let directory: String
    private let blockDevices: String

    /// - Parameter directory: where the volumes are: an absolute path without `.` and `..`, which need not exist yet.
    public init(directory: String) {
        self.init(directory: directory, blockDevices: "/sys/block")
    }

    /// - Parameter blockDevices: where the kernel lists them; a test has a list of its own.
    init(directory: String, blockDevices: String) {
        self.directory = directory
        self.blockDevices = blockDevices
        FileSizeSignal.ignoreUnlessHandled()
    }

    /// Thin, in steps of 4 KiB.
    public var capabilities: DriverCapabilities {
        DriverCapabilities(isThin: true, granule: ByteCount(bytes: Self.granule) ?? .zero)
    }

    /// Makes the volume's file without taking space for it, or finishes or adopts the one that is there.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        guard size > .zero, size.bytes.isMultiple(of: Self.granule) else {
            throw DriverError(
                .refused,
                "cannot make volume '\(volume)' of '\(size.bytes)' bytes: not a positive multiple of \(Self.granule)",
                remedy: "ask for a multiple of \(Self.granule) bytes"
            )
        }
        try await blocking { () throws(DriverError) in
            try PoolDirectory.openOrMake(directory).create(volume, size: size)
        }
    }

    /// Removes the volume's file, unless a loop device is bound to it.
    public func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await blocking { () throws(DriverError) in
            guard let pool = try PoolDirectory.open(directory) else { return }
            try pool.delete(volume, unlessBoundAmong: blockDevices)
        }
    }

    /// What there is of the volume's file; an empty one is `partial`.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await blocking { () throws(DriverError) in
            guard let pool = try PoolDirectory.open(directory) else { return .absent }
            return try pool.presence(of: volume)
        }
    }

    /// Every regular file with the name of a volume, in no order.
    public func list() async throws(DriverError) -> [BackendVolume] {
        try await blocking { () throws(DriverError) in
            guard let pool = try PoolDirectory.open(directory) else { return [] }
            return try pool.volumes()
        }
    }

    /// The room in the directory's file system, whoever else uses that; blocks kept for root are not free.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        try await blocking { () throws(DriverError) in
            try PoolDirectory.openOrMake(directory).capacity()
        }
    }

    /// The path of the volume's file.
    public func location(of volume: VolumeID) -> String {
        directory + (directory.hasSuffix("/") ? "" : "/") + volume.backendName
    }
}
