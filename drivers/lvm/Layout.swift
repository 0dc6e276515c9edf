import Synchronization
import VolumeDriver

/// How a group takes space for volumes, as far as that does not change while a process runs.
struct Layout: Sendable, Hashable {
    let isThin: Bool
    /// Sizes of volumes are multiples of this.
    let extentSize: ByteCount

    /// What holds until the group has been asked: LVM's default for new groups.
    static func presumed(_ options: LVMOptions) -> Layout {
        Layout(isThin: options.provisioning != .thick, extentSize: ByteCount(bytes: 4 << 20) ?? .zero)
    }
}

/// The layout that was found, for all copies of a driver.
final class LayoutCache: Sendable {
    private let layout = Mutex<Layout?>(nil)

    var value: Layout? { layout.withLock { $0 } }

    func keep(_ found: Layout) { layout.withLock { $0 = found } }
}

extension LVMDriver {
    /// The group's layout, which is looked at once unless the group has to have a mark.
    func layout(to action: String) async throws(DriverError) -> Layout {
        // The mark that the group has to have is looked at with it.
        if tools.pool == nil, let layout = cache.value { return layout }
        let group = try await tools.volumeGroup(to: action)
        return try await layout(of: group, to: action)
    }

    /// Thin where LVM can and the group has the pool or is empty (`cinder: lvm_type = auto`).
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

    /// The thin pool, active; made of nearly all that is free if there is none (`cinder: 0.95 of the free space`).
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
                    "cannot \(action): thin pool '\(tools.path(pool.name))' hands out what others have written",
                    remedy: "lvchange --zero y \(tools.path(pool.name))"
                )
            }
            guard !pool.attributes.isActive else { return pool }
            // Until it is active, nobody can tell what is free.
            try await tools.activate(pool.name, to: action)
            return try await tools.volumes(.named(pool.name), to: action).first ?? pool
        }
        let group = try await tools.volumeGroup(to: action)
        let size = group.free.bytes / group.extentSize.bytes * 95 / 100 * group.extentSize.bytes
        guard size > 0 else {
            throw DriverError(
                .retryableElsewhere,
                "cannot \(action): volume group '\(group.name)' has no room for a thin pool",
                cause: "\(group.free) of \(group.size) are free",
                remedy: "vgextend \(group.name) DEVICE"
            )
        }
        let made = try await tools.attempt(
            action,
            "lvcreate",
            ["--yes", "--zero", "y", "-T", "-L", "\(size)b", tools.path(options.poolName)]
        )
        // Somebody else may have been first.
        guard let pool = try await tools.volumes(.named(options.poolName), to: action).first, pool.attributes.isThinPool
        else {
            throw made.error(.retryableElsewhere, "cannot \(action): no thin pool could be made in '\(group.name)'")
        }
        return pool
    }
}
