internal import Exports
public import Identity
public import Programs
public import VolumeDriver

/// Stores volumes as logical volumes of one LVM volume group, thick or in a thin pool.
///
/// Keeps no state except the layout of the group; everything else is read from LVM at each call. This driver's logical
/// volumes have its tags; one without them is never touched, whatever its name. Volumes are active only while they are
/// attached or exported, and are not activated when the system starts.
///
/// Needs root, like LVM.
public struct LVMDriver: VolumeDriver {
    /// `lvm`.
    public static let kind = "lvm"

    let options: LVMOptions
    var tools: LVMTools
    let devices: any BlockDevices
    /// The servers of exported volumes; `nil` without a directory for exports.
    let server: NBDServer?
    let cache = LayoutCache()

    /// - Parameter programs: executes LVM's tools and the server of exports.
    public init(_ options: LVMOptions, programs: any ProgramRunner = SystemPrograms()) {
        self.init(options, programs: programs, devices: SystemBlockDevices(), pause: .milliseconds(500))
    }

    /// - Parameter pause: the pause before a command is repeated.
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

    /// As configured, until the first call has read the group.
    public var capabilities: DriverCapabilities {
        let layout = cache.value ?? .presumed(options)
        return DriverCapabilities(isThin: layout.isThin, granule: layout.extentSize)
    }

    /// Exports, if their server is not installed or there is no suitable directory.
    public var withheldFeatures: DriverFeatures { server?.isUsable == true ? [] : [.export, .readOnlyExport] }

    /// Returns `/dev/GROUP/volume-<uuid>`, which exists while the volume is attached or exported.
    public func location(of volume: VolumeID) -> String { "/dev/\(tools.path(volume.backendName))" }

    /// Returns the state of the volume in the group.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await holdings(of: volume, to: "look at volume '\(volume)'").presence
    }

    /// Lists all volumes with this driver's names and tags.
    public func list() async throws(DriverError) -> [BackendVolume] {
        let volumes = try await tools.volumes(.all, to: "list the volumes in '\(tools.group)'")
        let owned = Dictionary(grouping: volumes) { $0.owner }
        return owned.compactMap { owner, volumes in
            guard let owner else { return nil }
            let presence = Holdings(of: owner, among: volumes).presence
            return presence == .absent ? nil : BackendVolume(id: owner, presence: presence)
        }
    }

    /// Returns the space of the thin pool; otherwise that of the group, divided by the number of copies.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        let action = "see what is free in '\(tools.group)'"
        let group = try await tools.volumeGroup(to: action)
        guard try await layout(of: group, to: action).isThin else { return try await thickCapacity(group, action) }
        var volumes = try await tools.volumes(.all, to: action)
        guard let pool = volumes.first(where: { $0.name == options.poolName }) else {
            // The thin pool is created from the free space when it is needed.
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
                "cannot \(action): thin pool '\(tools.path(pool.name))' does not report its usage",
                remedy:
                    "look at `lvs -a \(tools.group)`; `lvconvert --repair \(tools.path(pool.name))` repairs a damaged one"
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

    /// The capacity for mirrored volumes, whose copies are on different disks: 2 GiB for 1, 1 and 9 GiB on three disks
    /// and one mirror.
    static func mirroredFree(_ spaces: [ByteCount], mirrors: Int) -> Int64 {
        // A size fits if the disks can hold all copies, each disk at most one.
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
    /// The data usage of a thin pool; `nil` while it is inactive.
    var dataUsage: SpaceUsage? { dataPercent.map { SpaceUsage(percent: $0, of: size) } }

    /// The metadata usage of a thin pool; `nil` while it is inactive.
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
    /// The total size of this service's volumes and snapshots.
    fileprivate var sizeOfOwned: ByteCount {
        filter { $0.owner != nil }
            .reduce(.zero) { sum, volume in sum.adding(volume.snapshottedSize ?? volume.size) ?? sum }
    }
}
