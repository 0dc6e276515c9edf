public import Identity
public import VolumeDriver

extension LVMDriver: MarkingDriver {
    /// Returns the id in the tag `volumectl.pool=<id>` of the group.
    public func poolID() async throws(DriverError) -> PoolID? {
        var tools = tools
        tools.pool = nil
        return try await tools.volumeGroup(to: "look at the mark of volume group '\(tools.group)'").pool
    }

    /// Tags the group unless it has such a tag.
    public func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        let action = "mark volume group '\(tools.group)'"
        var tools = tools
        tools.pool = nil
        var last: Attempt?
        for _ in 1...20 {
            let group = try await tools.volumeGroup(to: action)
            if let pool = group.pool { return pool }
            // LVM verifies under its lock that the group is unchanged since it was read.
            let unchanged = ["--select", "vg_seqno=\(group.sequenceNumber)", group.name]
            last = try await tools.attempt(action, "vgchange", ["--addtag", Tag.pool(id)] + unchanged)
        }
        let message = "cannot \(action): it keeps being changed by others"
        throw last?.error(.broken, message, remedy: "try again") ?? DriverError(.broken, message)
    }

    /// Returns a driver for the group with this tag.
    public func bound(to pool: PoolID) -> LVMDriver {
        var bound = self
        bound.tools.pool = pool
        return bound
    }
}

extension LVMTools {
    /// Verifies the mark of the group, for a bound driver.
    ///
    /// - Parameter tags: the tags of the group.
    func check(_ tags: Set<String>, to action: String) throws(DriverError) {
        guard let pool, !tags.contains(Tag.pool(pool)) else { return }
        let found = tags.first { $0.hasPrefix(Tag.poolPrefix) }?.dropFirst(Tag.poolPrefix.count)
        throw DriverError(
            .foreignPool,
            "cannot \(action): volume group '\(group)' is "
                + (found.map { "another pool, '\($0)'" } ?? "not marked as a pool"),
            cause: "the pool's mark is '\(pool)'",
            remedy:
                "bring back the disks of the pool's group (`vgs -o +vg_tags`), or correct the pool's `volume-group`"
        )
    }
}
