public import Identity
public import VolumeDriver

extension LoopbackDriver: MarkingDriver {
    /// Returns the id in the file `.volumectl-pool` of the directory.
    public func poolID() async throws(DriverError) -> PoolID? {
        try await blocking { () throws(DriverError) in
            guard let pool = try PoolDirectory.open(place, options) else { return nil }
            return try pool.mark()
        }
    }

    /// Creates the file `.volumectl-pool` unless it exists, and the directory if needed.
    public func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        try await blocking { () throws(DriverError) in
            try PoolDirectory.openOrMake(place, options).mark(as: id)
        }
    }

    /// Returns a driver for the directory with this mark, which it does not create.
    public func bound(to pool: PoolID) -> LoopbackDriver {
        var bound = self
        bound.poolMark = pool
        return bound
    }
}

extension LoopbackDriver {
    /// Opens the directory and verifies its mark; returns `nil` for an unbound driver without a directory.
    func openPool() throws(DriverError) -> PoolDirectory? {
        let pool = try PoolDirectory.open(place, options)
        guard let poolMark else { return pool }
        guard let pool else {
            throw DriverError(
                .foreignPool,
                "there is no pool directory '\(directory)'",
                remedy: "mount the file system that has it, or correct the pool's path in the configuration"
            )
        }
        try pool.check(is: poolMark)
        return pool
    }

    /// Opens the directory; an unbound driver creates it if needed.
    func openOrMakePool() throws(DriverError) -> PoolDirectory {
        if poolMark != nil, let pool = try openPool() { return pool }
        return try PoolDirectory.openOrMake(place, options)
    }

    /// Verifies the mark, for calls that need nothing else of the directory.
    func checkPool() async throws(DriverError) {
        guard poolMark != nil else { return }
        try await blocking { () throws(DriverError) in _ = try openPool() }
    }
}
