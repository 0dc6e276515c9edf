public import Identity
public import VolumeDriver

extension ExternalDriver: MarkingDriver {
    /// Calls the executable for the id in its pool's mark.
    public func poolID() async throws(DriverError) -> PoolID? {
        var unbound = self
        unbound.pool = nil
        return try await unbound.call(ExternalRequest(operation: .identify), "look at the pool's mark", PoolMark.self)
            .pool
    }

    /// Calls the executable to mark its pool.
    public func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        var unbound = self
        unbound.pool = nil
        let request = ExternalRequest(operation: .mark, pool: id)
        guard let pool = try await unbound.call(request, "mark the pool", PoolMark.self).pool else {
            throw DriverError(
                .broken,
                "cannot mark the pool",
                cause: "'\(caller.command.path)' reports success without the id",
                remedy: "report it to its author"
            )
        }
        return pool
    }

    /// Returns a driver that names this pool in every request.
    public func bound(to pool: PoolID) -> ExternalDriver {
        var bound = self
        bound.pool = pool
        return bound
    }
}
