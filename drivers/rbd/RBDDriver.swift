public import Identity
public import Programs
public import VolumeDriver

/// Stores volumes as RBD images, `volume-<uuid>`, in a pool of a Ceph cluster, with the tools `rbd`, `ceph` and
/// `rados`.
///
/// Needs neither a kernel module nor root, because QEMU's tools read and write the images. Keeps no state.
public struct RBDDriver: VolumeDriver {
    /// `rbd`.
    public static let kind = "rbd"
    /// Whether every host reaches the same cluster: yes.
    public static let isShared = true

    static let granule: Int64 = 4096

    let access: CephAccess
    let tool: CephTool
    let directory: String
    let patience: Duration
    /// The pool's mark, which every call requires; `nil` for an unbound driver.
    var pool: PoolID?

    /// - Parameters:
    ///   - access: the pool and the user.
    ///   - directory: the directory of this host's sockets and locks: an absolute path, which need not exist yet.
    ///   - runner: executes the tools.
    public init(_ access: CephAccess, directory: String, runner: any ProgramRunner = SystemPrograms()) {
        self.init(access, directory: directory, runner: runner, patience: .seconds(3))
    }

    /// - Parameter patience: how long an image that can't be opened may be in creation by another process.
    init(_ access: CephAccess, directory: String, runner: any ProgramRunner, patience: Duration) {
        self.access = access
        self.directory = directory
        self.patience = patience
        tool = CephTool(access: access, runner: runner)
    }

    /// Thin, with an allocation unit of 4 KiB.
    public var capabilities: DriverCapabilities {
        DriverCapabilities(isThin: true, granule: ByteCount(bytes: Self.granule) ?? .zero)
    }

    /// Creates the volume's image, or accepts an existing one. An image that can't be opened is removed first.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        let action = "create volume '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try check(size, action)
            if try await make(volume, size: size, action) { return }
            if try await adopt(volume, size: size, action) { return }
            try await clearAway(volume, action)
            if try await make(volume, size: size, action) { return }
            if try await adopt(volume, size: size, action) { return }
            throw DriverError(.busy, "cannot \(action): another process is creating it", remedy: "try again")
        }
    }

    /// Returns the state of the volume's image in the cluster.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        let action = "inspect volume '\(volume)'"
        try await checkPool(action)
        return try await presence(of: volume, action)
    }

    /// Lists all images with the names of volumes, including those that can't be opened.
    public func list() async throws(DriverError) -> [BackendVolume] {
        let action = "list volumes"
        try await checkPool(action)
        let names = try await names(action)
        let listings = try await listings(action)
        let growing = Set(listings.compactMap(\.snapshot).filter(Scaffold.isScaffold))
        let images = Dictionary(listings.filter { $0.snapshot == nil }.map { ($0.image, $0) }) { first, _ in first }
        var volumes: [BackendVolume] = []
        for name in names {
            guard let id = VolumeID(backendName: name) else { continue }
            let presence: VolumePresence
            if let image = images[name] {
                let isUnfinished =
                    image.parent?.snapshot == Scaffold.clone(as: id)
                    || image.parent != nil && growing.contains(Scaffold.growth(of: id))
                presence = isUnfinished ? .partial : .complete(image.size)
            } else {
                // It can't be opened, or has been removed meanwhile.
                presence = try await self.presence(of: id, action)
            }
            if presence != .absent { volumes.append(BackendVolume(id: id, presence: presence)) }
        }
        return volumes
    }

    /// Returns the pool's space, in which Ceph accounts for replication, other pools and nearly full OSDs.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        let action = "read the free space of pool '\(access.pool)'"
        try await checkPool(action)
        return try await PoolUsage.ask(tool, action).capacity(of: access)
    }

    /// Returns the image's specification for `rbd`.
    public func location(of volume: VolumeID) -> String { "rbd:\(spec(volume))" }
}

extension RBDDriver {
    /// `pool/image`.
    func spec(_ volume: VolumeID) -> String { "\(access.pool)/\(volume.backendName)" }

    /// `pool/image@snapshot`.
    func spec(_ volume: VolumeID, _ snapshot: String) -> String { "\(spec(volume))@\(snapshot)" }

    /// Refuses a size that is not a positive multiple of the allocation unit.
    func check(_ size: ByteCount, _ action: String) throws(DriverError) {
        guard size > .zero, size.bytes.isMultiple(of: Self.granule) else {
            throw DriverError(
                .refused,
                "cannot \(action) with '\(size.bytes)' bytes: not a positive multiple of \(Self.granule)",
                remedy: "request a multiple of \(Self.granule) bytes"
            )
        }
    }

    /// Creates the image; returns `false` if its name is taken.
    private func make(_ volume: VolumeID, size: ByteCount, _ action: String) async throws(DriverError) -> Bool {
        let answer = try await tool.rbd(
            ["create", "--no-progress", "--size", "\(size.bytes)B", spec(volume)],
            action,
            expecting: [.exists, .notFound, .invalid],
            leftBehind: spec(volume)
        )
        switch answer.errno {
        case .exists: return false
        case .notFound: throw try await missing(volume, action)
        case .invalid:
            throw DriverError(
                .retryableElsewhere,
                "cannot \(action): \(size) is more than an image of pool '\(access.pool)' can have",
                answer.call,
                answer.result,
                remedy: "request less: the limit with an object map is 1 PiB"
            )
        default: return true
        }
    }

    /// Whether the volume exists with this size; `false` if it is unusable.
    func adopt(_ volume: VolumeID, size: ByteCount, _ action: String) async throws(DriverError) -> Bool {
        switch try await settledPresence(of: volume, action) {
        case .complete(size): return true
        case .complete(let other):
            throw DriverError(
                .refused,
                "cannot \(action) with \(size.bytes) bytes: it exists with \(other.bytes)",
                remedy: "delete it first, or request its size"
            )
        case .absent, .partial: return false
        }
    }
}
