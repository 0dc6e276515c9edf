internal import Exports
public import Identity
public import Programs
public import VolumeDriver

/// Keeps volumes as logical volumes of one LVM group, thick or in a thin pool.
///
/// Holds no state but what it has found out about the group: what is there is asked of LVM at each call. What belongs to
/// it carries its tags; a logical volume without them is never touched, whatever its name. Volumes are not active but
/// while they are attached or exported, and a start of the system does not activate them.
///
/// Needs root, as LVM does.
public struct LVMDriver: VolumeDriver {
    /// `lvm`.
    public static let kind = "lvm"

    let options: LVMOptions
    var tools: LVMTools
    let devices: any BlockDevices
    /// The servers of this pool's volumes; `nil` where none are configured.
    let server: NBDServer?
    let cache = LayoutCache()

    /// - Parameter programs: executes LVM's tools, and the server of exports.
    public init(_ options: LVMOptions, programs: any ProgramRunner = SystemPrograms()) {
        self.init(options, programs: programs, devices: SystemBlockDevices(), pause: .milliseconds(500))
    }

    /// - Parameter pause: before a command is repeated.
    init(_ options: LVMOptions, programs: any ProgramRunner, devices: any BlockDevices, pause: Duration) {
        self.options = options
        self.devices = devices
        server = options.exportDirectory.map { NBDServer(directory: $0, runner: programs) }
        tools = LVMTools(
            group: options.volumeGroup,
            systemDirectory: options.systemDirectory,
            programs: programs,
            pause: pause
        )
    }

    /// As configured, until the first call has asked the group.
    public var capabilities: DriverCapabilities {
        let layout = cache.value ?? .presumed(options)
        return DriverCapabilities(isThin: layout.isThin, granule: layout.extentSize)
    }

    /// Exports, where their server isn't installed or there is no directory that is fit for them.
    public var withheldFeatures: DriverFeatures { server?.isUsable == true ? [] : .export }

    /// `/dev/GROUP/volume-<uuid>`, which is there while the volume is attached or exported.
    public func location(of volume: VolumeID) -> String { "/dev/\(tools.path(volume.backendName))" }

    /// What the group holds of the volume.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await holdings(of: volume, to: "look at volume '\(volume)'").presence
    }

    /// Every volume with this driver's name and tag.
    public func list() async throws(DriverError) -> [BackendVolume] {
        let volumes = try await tools.volumes(.all, to: "list the volumes in '\(tools.group)'")
        let owned = Dictionary(grouping: volumes) { $0.owner }
        return owned.compactMap { owner, volumes in
            guard let owner else { return nil }
            let presence = Holdings(of: owner, among: volumes).presence
            return presence == .absent ? nil : BackendVolume(id: owner, presence: presence)
        }
    }

    /// A thin pool's own room; else the group's, divided by the copies that are kept.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        let action = "see what is free in '\(tools.group)'"
        let group = try await tools.volumeGroup(to: action)
        guard try await layout(of: group, to: action).isThin else { return try await thickCapacity(group, action) }
        var volumes = try await tools.volumes(.all, to: action)
        guard let pool = volumes.first(where: { $0.name == options.poolName }) else {
            // It is made of what is free, when it is needed.
            let room = group.free
            return PoolCapacity(
                total: room,
                free: room,
                logical: .zero,
                allocated: .zero,
                backing: "thin pool '\(options.poolName)' of volume group \(group.uuid)"
            )
        }
        if pool.dataPercent == nil {
            try await thinPool(to: action)
            volumes = try await tools.volumes(.all, to: action)
        }
        let active = volumes.first { $0.name == options.poolName } ?? pool
        guard let data = active.dataUsage else {
            throw DriverError(
                .retryableElsewhere,
                "cannot \(action): thin pool '\(tools.path(pool.name))' does not tell how full it is",
                remedy:
                    "look at `lvs -a \(tools.group)`; `lvconvert --repair \(tools.path(pool.name))` mends a damaged one"
            )
        }
        return PoolCapacity(
            total: data.total,
            free: data.total.subtracting(data.used),
            logical: volumes.sizeOfOwned,
            allocated: data.used,
            data: data,
            metadata: active.metadataUsage,
            backing: "thin pool '\(pool.name)' of volume group \(group.uuid)"
        )
    }

    private func thickCapacity(_ group: VolumeGroup, _ action: String) async throws(DriverError) -> PoolCapacity {
        let copies = Int64(options.mirrors) + 1
        let free =
            copies == 1
            ? group.free.bytes : Self.mirroredFree(try await tools.freeSpaces(to: action), mirrors: options.mirrors)
        let volumes = try await tools.volumes(.all, to: action)
        return PoolCapacity(
            total: ByteCount(bytes: group.size.bytes / copies) ?? .zero,
            free: ByteCount(bytes: free) ?? .zero,
            logical: volumes.sizeOfOwned,
            allocated: ByteCount(bytes: (group.size.bytes - group.free.bytes) / copies) ?? .zero,
            backing: "volume group \(group.uuid)"
        )
    }

    /// How much can be had in copies on different disks: with 1, 1 and 9 GiB on three disks and one mirror, 2 GiB.
    static func mirroredFree(_ spaces: [ByteCount], mirrors: Int) -> Int64 {
        // So much fits if the disks, each used for no more than one copy of it, hold all copies.
        func fits(_ size: Int64) -> Bool {
            spaces.reduce(Int128(0)) { $0 + Int128(min($1.bytes, size)) } >= Int128(size) * Int128(mirrors + 1)
        }
        var (fitting, failing) = (Int64(0), spaces.reduce(Int64(1)) { $0 + $1.bytes })
        while failing - fitting > 1 {
            let middle = fitting + (failing - fitting) / 2
            if fits(middle) { fitting = middle } else { failing = middle }
        }
        return fitting
    }
}

extension LogicalVolume {
    /// How full a thin pool is; `nil` while it is not active.
    var dataUsage: SpaceUsage? { dataPercent.map { SpaceUsage(percent: $0, of: size) } }

    /// How full a thin pool's metadata is; `nil` while it is not active.
    var metadataUsage: SpaceUsage? {
        guard let metadataPercent, let metadataSize else { return nil }
        return SpaceUsage(percent: metadataPercent, of: metadataSize)
    }
}

extension SpaceUsage {
    fileprivate init(percent: Double, of total: ByteCount) {
        let used = min(Int64((Double(total.bytes) * min(percent, 100) / 100).rounded(.up)), total.bytes)
        self.init(used: ByteCount(bytes: used) ?? .zero, total: total)
    }
}

extension [LogicalVolume] {
    /// What this service's volumes and snapshots promise together.
    fileprivate var sizeOfOwned: ByteCount {
        filter { $0.owner != nil }
            .reduce(.zero) { sum, volume in sum.adding(volume.snapshottedSize ?? volume.size) ?? sum }
    }
}
