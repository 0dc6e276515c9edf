import Synchronization
import VolumeDriver

/// How a group allocates space, as far as that does not change while a process runs.
struct Layout: Sendable, Hashable {
    let isThin: Bool
    /// The allocation unit.
    let extentSize: ByteCount

    /// The layout before the group has been read: LVM's default for new groups.
    static func presumed(_ options: LVMOptions) -> Layout {
        Layout(isThin: options.provisioning != .thick, extentSize: ByteCount(bytes: 4 << 20) ?? .zero)
    }
}

/// The layout that was read, shared by copies of a driver.
final class LayoutCache: Sendable {
    private let layout = Mutex<Layout?>(nil)

    var value: Layout? { layout.withLock { $0 } }

    func keep(_ found: Layout) { layout.withLock { $0 = found } }
}

extension LVMDriver {
    /// Returns the group's layout, which is read once, unless the driver is bound to a mark.
    func layout(to action: String) async throws(DriverError) -> Layout {
        // Reading the group verifies its mark, too.
        if tools.pool == nil, let layout = cache.value { return layout }
        let group = try await tools.volumeGroup(to: action)
        return try await layout(of: group, to: action)
    }

    /// Thin if LVM supports it and the group has the thin pool or is empty (`cinder: lvm_type = auto`).
    func layout(of group: VolumeGroup, to action: String) async throws(DriverError) -> Layout {
        if let layout = cache.value { return layout }
        let isThin: Bool
        switch options.provisioning {
        case .thin: isThin = true
        case .thick: isThin = false
        case .auto where group.volumeCount > 0:
            isThin = try await tools.volumes(.named(options.poolName), to: action)
                .contains(where: \.attributes.isThinPool)
        case .auto: isThin = try await tools.version(to: action) >= .thin
        }
        let layout = Layout(isThin: isThin, extentSize: group.extentSize)
        cache.keep(layout)
        return layout
    }

    /// Returns the active thin pool; creates it from almost all free space if there is none (`cinder: 0.95 of the free
    /// space`).
    @discardableResult
    func thinPool(to action: String) async throws(DriverError) -> LogicalVolume {
        if let pool = try await tools.volumes(.named(options.poolName), to: action).first {
            guard pool.attributes.isThinPool else {
                throw DriverError(
                    .refused,
                    "cannot \(action): '\(tools.path(options.poolName))' is not a thin pool",
                    remedy: "configure another name as the pool's `thin-pool`, or `lvm-type: thick`"
                )
            }
            guard pool.attributes.zeroesNewBlocks else {
                throw DriverError(
                    .broken,
                    "cannot \(action): thin pool '\(tools.path(pool.name))' does not zero new blocks",
                    remedy: "lvchange --zero y \(tools.path(pool.name))"
                )
            }
            guard !pool.attributes.isActive else { return pool }
            // The usage of an inactive pool is unknown.
            try await tools.activate(pool.name, to: action)
            return try await tools.volumes(.named(pool.name), to: action).first ?? pool
        }
        let group = try await tools.volumeGroup(to: action)
        let size = group.free.bytes / group.extentSize.bytes * 95 / 100 * group.extentSize.bytes
        guard size > 0 else {
            throw DriverError(
                .retryableElsewhere,
                "cannot \(action): volume group '\(group.name)' has no space for a thin pool",
                cause: "\(group.free) of \(group.size) are free",
                remedy: "vgextend \(group.name) DEVICE"
            )
        }
        let made = try await tools.attempt(
            action,
            "lvcreate",
            ["--yes", "--zero", "y", "-T", "-L", "\(size)b", tools.path(options.poolName)]
        )
        // Another process may have been first.
        guard let pool = try await tools.volumes(.named(options.poolName), to: action).first, pool.attributes.isThinPool
        else {
            throw made.error(.retryableElsewhere, "cannot \(action): no thin pool could be created in '\(group.name)'")
        }
        return pool
    }
}
