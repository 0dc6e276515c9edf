public import Identity

/// Names a pool, in the database and in the pool's mark.
public typealias PoolID = Identifier<PoolTag>

/// What a ``PoolID`` identifies. Has no values.
public enum PoolTag {}

/// A driver whose pool can carry a mark with an id, by which the pool is known wherever it is.
///
/// A path or a name says where a pool should be. When a file system is not mounted there, or the path is mistyped, another
/// pool or an empty one is in its place, and nothing that this one answers is about the volumes that a caller means.
///
/// The mark is no volume: no list and no figure shows it.
public protocol MarkingDriver: VolumeDriver {
    /// The id in the pool's mark; `nil` when the pool can be looked at and has none. Changes nothing.
    ///
    /// - Throws: `broken` if there is a mark that can't be read.
    func poolID() async throws(DriverError) -> PoolID?

    /// Marks the pool unless it has a mark already. May prepare the pool, as by making its directory.
    ///
    /// - Parameter id: what the mark will say if the pool has none.
    /// - Returns: the id in the mark that the pool has now. Of two callers at once both get the same.
    func markPool(as id: PoolID) async throws(DriverError) -> PoolID

    /// The same driver for the pool with this mark alone. Where the pool has another mark or none, every call that looks or
    /// changes fails with `foreignPool` and changes nothing; only ``poolID()`` tells what is there.
    func bound(to pool: PoolID) -> Self
}
