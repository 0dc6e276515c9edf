public import Identity
public import VolumeDriver

extension LVMDriver {
    /// Creates the volume, or completes or accepts an existing one.
    ///
    /// A thin volume is created by a single command. A thick one is tagged as partial until all of it has been cleared,
    /// because its space may hold other data.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        let action = "create volume '\(volume)'"
        let layout = try await layout(to: action)
        try check(size, layout, to: action)
        try await exclusively(volume) { () throws(DriverError) in
            let arguments =
                layout.isThin
                ? thinArguments(volume, size, tags: tags(volume, operation))
                : thickArguments(volume, size, tags: tags(volume, operation) + [Tag.partial])
            try await make(volume, size: size, layout, arguments, to: action)
            if !layout.isThin { try await clear(volume, size, to: action) }
        }
    }

    /// The tags of a volume.
    func tags(_ volume: VolumeID, _ operation: OperationID) -> [String] {
        [Tag.volume(volume), Tag.operation(operation)]
    }

    func thinArguments(_ volume: VolumeID, _ size: ByteCount, tags: [String]) -> [String] {
        ["--yes", "-T", "-V", "\(size.bytes)b", "-n", volume.backendName, "--setactivationskip", "y"]
            + tags.flatMap { ["--addtag", $0] } + [tools.path(options.poolName)]
    }

    /// With `-K` the volume is activated nevertheless, to be cleared.
    func thickArguments(_ volume: VolumeID, _ size: ByteCount, tags: [String]) -> [String] {
        ["--yes", "--wipesignatures", "y", "-n", volume.backendName, "-L", "\(size.bytes)b"] + mirroring(size)
            + ["--setactivationskip", "y", "-K"] + tags.flatMap { ["--addtag", $0] } + [tools.group]
    }

    /// Mirrors (`cinder: lvm_mirrors`), with larger regions from 1.5 TiB on, because the number of regions is limited.
    private func mirroring(_ size: ByteCount) -> [String] {
        guard options.mirrors > 0 else { return [] }
        let arguments = ["--type=mirror", "-m", "\(options.mirrors)", "--nosync", "--mirrorlog", "mirrored"]
        let tebibytes = Double(size.bytes) / Double(1 << 40)
        guard tebibytes >= 1.5 else { return arguments }
        var region = 1
        while Double(region) < tebibytes { region *= 2 }
        return arguments + ["-R", "\(region)"]
    }

    /// Has LVM create the volume, or finds out why it can't. A partial volume that can't be completed is removed first.
    ///
    /// - Parameter finishesPartial: whether the caller completes a partial volume of this size; otherwise it is created
    ///   anew.
    /// - Returns: whether a complete volume existed already.
    @discardableResult
    func make(
        _ volume: VolumeID,
        size: ByteCount,
        _ layout: Layout,
        _ arguments: [String],
        finishesPartial: Bool = true,
        to action: String
    ) async throws(DriverError) -> Bool {
        for isLast in [false, true] {
            let attempt = try await tools.attempt(action, "lvcreate", arguments)
            if attempt.isSuccess { return false }
            let holdings = try await holdings(of: volume, to: action)
            if let found = holdings.volume {
                guard found.isPartial else {
                    guard found.presence == .complete(size) else { throw otherSize(found, size, action) }
                    return true
                }
                if finishesPartial, found.size == size, !layout.isThin { return false }
                if !isLast {
                    try await discard(found, to: action)
                    continue
                }
            }
            if !isLast, layout.isThin, try await tools.volumes(.named(options.poolName), to: action).isEmpty {
                try await thinPool(to: action)
                continue
            }
            throw try await reason(attempt, volume, size, layout, action)
        }
        return false
    }

    private func otherSize(_ found: LogicalVolume, _ size: ByteCount, _ action: String) -> DriverError {
        DriverError(
            .refused,
            "cannot \(action) of \(size.bytes) bytes: it exists with \(found.size.bytes)",
            remedy: "extend that one, or delete it first"
        )
    }

    /// Finds out from the group why LVM did not create the volume, because LVM's exit status is always the same.
    private func reason(
        _ attempt: Attempt,
        _ volume: VolumeID,
        _ size: ByteCount,
        _ layout: Layout,
        _ action: String
    ) async throws(DriverError) -> DriverError {
        if let foreign = try await tools.volumes(.named(volume.backendName), to: action).first, foreign.owner != volume
        {
            return attempt.error(
                .refused,
                "cannot \(action): '\(tools.path(foreign.name))' exists, and is not this service's",
                remedy: "rename it: `lvrename \(tools.group) \(foreign.name) NAME`"
            )
        }
        let group = try await tools.volumeGroup(to: action)
        let needed = layout.isThin ? group.extentSize.bytes : size.bytes * Int64(options.mirrors + 1)
        guard group.free.bytes < needed, !layout.isThin else {
            return attempt.error(
                layout.isThin ? .retryableElsewhere : .broken,
                "cannot \(action): LVM refuses",
                remedy: "look at `lvs -a \(group.name)` and `vgs \(group.name)`"
            )
        }
        return attempt.error(
            .retryableElsewhere,
            "cannot \(action): volume group '\(group.name)' has no space for \(size)",
            remedy: "vgextend \(group.name) DEVICE"
        )
    }

    /// Clears a partial thick volume, and marks it as complete.
    func clear(_ volume: VolumeID, _ size: ByteCount, to action: String) async throws(DriverError) {
        let name = volume.backendName
        guard let found = try await holdings(of: volume, to: action).volume, found.isPartial else { return }
        if !found.attributes.isActive { try await tools.activate(name, to: action) }
        try await devices.zero(tools.device(name), 0..<size.bytes, limit: nil) { () throws(DriverError) in
            // While it is held open, it can't be deactivated, and the tag is not removed before that.
            try await holdings(of: volume, to: action).volume?.isPartial == true
        }
        try await finish(name, to: action)
    }

    /// Marks an object as complete once it is closed everywhere.
    func finish(_ name: String, to action: String) async throws(DriverError) {
        try await tools.deactivate(name, to: action)
        try await tools.retag(name, removing: [Tag.partial], to: action)
    }
}
