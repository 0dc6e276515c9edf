public import Identity
public import Programs
public import VolumeDriver

/// Keeps volumes as RBD images, `volume-<uuid>`, in a pool of a Ceph cluster, by the tools `rbd`, `ceph` and `rados`.
///
/// Needs no kernel module and no root: images are read and written by QEMU's tools. Holds no state.
public struct RBDDriver: VolumeDriver {
    /// `rbd`.
    public static let kind = "rbd"

    static let granule: Int64 = 4096

    let access: CephAccess
    let tool: CephTool
    let directory: String
    let patience: Duration
    /// The mark that the pool has to have; `nil` for any, or none.
    var pool: PoolID?

    /// - Parameters:
    ///   - access: which pool, and as whom.
    ///   - directory: where this host's sockets and locks are: an absolute path, which need not exist yet.
    ///   - runner: what executes the tools.
    public init(_ access: CephAccess, directory: String, runner: any ProgramRunner = SystemPrograms()) {
        self.init(access, directory: directory, runner: runner, patience: .seconds(3))
    }

    /// - Parameter patience: for how long an image that can't be opened may be one that another process is making.
    init(_ access: CephAccess, directory: String, runner: any ProgramRunner, patience: Duration) {
        self.access = access
        self.directory = directory
        self.patience = patience
        tool = CephTool(access: access, runner: runner)
    }

    /// Thin, in steps of 4 KiB.
    public var capabilities: DriverCapabilities {
        DriverCapabilities(isThin: true, granule: ByteCount(bytes: Self.granule) ?? .zero)
    }

    /// Makes the volume's image, or adopts the one that is there; one that can't be opened is removed first.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        let action = "create volume '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try check(size, action)
            if try await make(volume, size: size, action) { return }
            if try await adopt(volume, size: size, action) { return }
            try await clearAway(volume, action)
            if try await make(volume, size: size, action) { return }
            if try await adopt(volume, size: size, action) { return }
            throw DriverError(.busy, "cannot \(action): another process is making it", remedy: "try again")
        }
    }

    /// What the cluster has of the volume's image.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        let action = "inspect volume '\(volume)'"
        try await checkPool(action)
        return try await presence(of: volume, action)
    }

    /// Every image with the name of a volume, also one that can't be opened.
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
                // It can't be opened, or has gone since.
                presence = try await self.presence(of: id, action)
            }
            if presence != .absent { volumes.append(BackendVolume(id: id, presence: presence)) }
        }
        return volumes
    }

    /// The pool's room, of which Ceph has taken replication, other pools and what is nearly full into account.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        let action = "ask for the room of pool '\(access.pool)'"
        try await checkPool(action)
        return try await PoolUsage.ask(tool, action).capacity(of: access)
    }

    /// The image's specification, as `rbd` takes it.
    public func location(of volume: VolumeID) -> String { "rbd:\(spec(volume))" }
}

extension RBDDriver {
    /// `pool/image`.
    func spec(_ volume: VolumeID) -> String { "\(access.pool)/\(volume.backendName)" }

    /// `pool/image@snapshot`.
    func spec(_ volume: VolumeID, _ snapshot: String) -> String { "\(spec(volume))@\(snapshot)" }

    /// Refuses a size that isn't a positive multiple of the granule.
    func check(_ size: ByteCount, _ action: String) throws(DriverError) {
        guard size > .zero, size.bytes.isMultiple(of: Self.granule) else {
            throw DriverError(
                .refused,
                "cannot \(action) with '\(size.bytes)' bytes: not a positive multiple of \(Self.granule)",
                remedy: "ask for a multiple of \(Self.granule) bytes"
            )
        }
    }

    /// Makes the image; `false` if something has its name.
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
                remedy: "ask for less: with an object map images end at 1 PiB"
            )
        default: return true
        }
    }

    /// Whether the volume is there with that size; `false` if it can't be used.
    func adopt(_ volume: VolumeID, size: ByteCount, _ action: String) async throws(DriverError) -> Bool {
        switch try await settledPresence(of: volume, action) {
        case .complete(size): return true
        case .complete(let other):
            throw DriverError(
                .refused,
                "cannot \(action) with \(size.bytes) bytes: it is there with \(other.bytes)",
                remedy: "delete it first, or ask for its size"
            )
        case .absent, .partial: return false
        }
    }
}
