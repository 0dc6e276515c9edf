public import Identity
public import VolumeDriver

extension LVMDriver: MarkingDriver {
    /// The id in the tag `volumectl.pool=<id>` of the group.
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
            // Only if nobody has changed the group since it was looked at, which LVM finds out under its lock.
            let unchanged = ["--select", "vg_seqno=\(group.sequenceNumber)", group.name]
            last = try await tools.attempt(action, "vgchange", ["--addtag", Tag.pool(id)] + unchanged)
        }
        let message = "cannot \(action): others keep changing it"
        throw last?.error(.broken, message, remedy: "try again") ?? DriverError(.broken, message)
    }

    /// The driver for the group with this tag.
    public func bound(to pool: PoolID) -> LVMDriver {
        var bound = self
        bound.tools.pool = pool
        return bound
    }
}

extension LVMTools {
    /// Fails unless the group has the mark that it has to have.
    ///
    /// - Parameter tags: the group's.
    func check(_ tags: Set<String>, to action: String) throws(DriverError) {
        guard let pool, !tags.contains(Tag.pool(pool)) else { return }
        let found = tags.first { $0.hasPrefix(Tag.poolPrefix) }?.dropFirst(Tag.poolPrefix.count)
        throw DriverError(
            .foreignPool,
            "cannot \(action): volume group '\(group)' is "
                + (found.map { "another pool, '\($0)'" } ?? "not marked as a pool"),
            cause: "the pool that is meant has the mark '\(pool)'",
            remedy:
                "bring back the disks of the group that is meant (`vgs -o +vg_tags`), or correct the pool's `volume-group`"
        )
    }
}
