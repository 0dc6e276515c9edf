public import Identity

/// Identifies a pool in the database and in the pool's mark.
public typealias PoolID = Identifier<PoolTag>

/// The tag of ``PoolID``.
public enum PoolTag {}

/// A driver whose pool can carry a mark with an id, which identifies the pool independently of its location.
///
/// A path or a name does not identify a pool: if a file system is not mounted, or the path is mistyped, it leads to
/// another pool or an empty directory, and answers would be about other volumes than the caller's.
///
/// The mark is not a volume: it appears in no list and is not counted.
public protocol MarkingDriver: VolumeDriver {
    /// Returns the id in the pool's mark; `nil` if the pool has no mark. Changes nothing.
    ///
    /// - Throws: `broken` if the mark can't be read.
    func poolID() async throws(DriverError) -> PoolID?

    /// Marks the pool unless it has a mark. May prepare the pool, for example by creating its directory.
    ///
    /// - Parameter id: the id for a pool without a mark.
    /// - Returns: the id in the pool's mark. Concurrent callers get the same id.
    func markPool(as id: PoolID) async throws(DriverError) -> PoolID

    /// Returns the same driver, restricted to the pool with this mark. If the pool has another mark or none, every call
    /// that reads or changes it fails with `foreignPool` and changes nothing, except ``poolID()``.
    func bound(to pool: PoolID) -> Self
}
