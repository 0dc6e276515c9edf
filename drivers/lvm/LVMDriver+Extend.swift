public import Identity
public import VolumeDriver

extension LVMDriver: ExtendingDriver {
    /// Extends the volume. A volume with classic snapshots is deactivated for that, as LVM demands.
    ///
    /// The added part of a thick volume is cleared before the volume has its new size. Until then a tag holds the old
    /// size.
    public func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        let action = "extend volume '\(volume)'"
        let layout = try await layout(to: action)
        try check(size, layout, to: action)
        try await exclusively(volume) { () throws(DriverError) in
            let found = try usable(volume, try await holdings(of: volume, to: action), to: action)
            let oldSize = found.sizeBeforeExtension ?? found.size
            if found.presence == .complete(size) { return }
            guard size >= found.size else {
                throw DriverError(
                    .refused,
                    "cannot \(action) to \(size.bytes) bytes: it has \(found.size.bytes)",
                    remedy: "request more; volumes can't be shrunk"
                )
            }
            // Clients of an export would not see the added part.
            try refuseIfExported(found, to: action)
            // The added part of a thick volume could not be cleared.
            if found.isAttached, found.attributes.isReadOnly, !found.attributes.isThinVolume {
                throw DriverError(.busy, "cannot \(action): it is attached read-only", remedy: "detach it first")
            }
            try await grow(found, from: oldSize, to: size, action)
        }
    }

    /// Extends the volume, also continuing an interrupted call.
    private func grow(
        _ volume: LogicalVolume,
        from oldSize: ByteCount,
        to size: ByteCount,
        _ action: String
    ) async throws(DriverError) {
        let name = volume.name
        guard !volume.attributes.isThinVolume else { return try await growExtents(volume, to: size, action) }
        let mark = Tag.extending(from: oldSize)
        if volume.sizeBeforeExtension == nil { try await tools.retag(name, adding: [mark], to: action) }
        if volume.size < size { try await growExtents(volume, to: size, action) }
        try await awake(name, to: action) { () throws(DriverError) in
            // Below classic snapshots, which have no space for a copy of the added part.
            let device = tools.device(name, volume.attributes.isClassicOrigin ? "-real" : "")
            try await devices.zero(device, oldSize.bytes..<size.bytes, limit: nil) { () throws(DriverError) in
                try await tools.volumes(.named(name), to: action).first?.sizeBeforeExtension == oldSize
            }
        }
        try await tools.retag(name, removing: [mark], to: action)
    }

    private func growExtents(_ volume: LogicalVolume, to size: ByteCount, _ action: String) async throws(DriverError) {
        let mustRest = volume.attributes.isClassicOrigin && volume.attributes.isActive
        if mustRest { try await tools.deactivate(volume.name, to: action) }
        let attempt = try await tools.attempt(action, "lvextend", ["-L", "\(size.bytes)b", tools.path(volume.name)])
        if mustRest { try await tools.activate(volume.name, to: action) }
        if attempt.isSuccess { return }
        // Nothing was added, so the volume is unchanged.
        if volume.sizeBeforeExtension == nil, !volume.attributes.isThinVolume {
            try await tools.retag(volume.name, removing: [Tag.extending(from: volume.size)], to: action)
        }
        let group = try await tools.volumeGroup(to: action)
        let hasRoom = group.free.bytes >= size.bytes - volume.size.bytes
        throw attempt.error(
            hasRoom ? .broken : .retryableElsewhere,
            "cannot \(action) to \(size)" + (hasRoom ? "" : ": volume group '\(group.name)' has \(group.free) free"),
            remedy: hasRoom ? "run it by hand" : "vgextend \(group.name) DEVICE"
        )
    }
}
