public import Identity
public import VolumeDriver

extension LoopbackDriver: MarkingDriver {
    /// The id in the file `.volumectl-pool` of the directory.
    public func poolID() async throws(DriverError) -> PoolID? {
        try await blocking { _ throws(DriverError) in
            guard let pool = try PoolDirectory.open(directory, options) else { return nil }
            return try pool.mark()
        }
    }

    /// Writes the file `.volumectl-pool` unless there is one, in the directory, which is made when there is none.
    public func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        try await blocking { _ throws(DriverError) in
            try PoolDirectory.openOrMake(directory, options).mark(as: id)
        }
    }

    /// The driver for the directory with this mark; it makes no directory.
    public func bound(to pool: PoolID) -> LoopbackDriver {
        var bound = self
        bound.poolMark = pool
        return bound
    }
}

extension LoopbackDriver {
    /// The pool's directory, found to have the mark that it has to have; `nil` when there is none and need not be.
    func openPool() throws(DriverError) -> PoolDirectory? {
        let pool = try PoolDirectory.open(directory, options)
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

    /// The pool's directory, which is made when there is none and no mark has to be in it.
    func openOrMakePool() throws(DriverError) -> PoolDirectory {
        if poolMark != nil, let pool = try openPool() { return pool }
        return try PoolDirectory.openOrMake(directory, options)
    }

    /// Fails if the pool has to have a mark and has not; for calls that need nothing else of the directory.
    func checkPool() async throws(DriverError) {
        guard poolMark != nil else { return }
        try await blocking { _ throws(DriverError) in _ = try openPool() }
    }
}
