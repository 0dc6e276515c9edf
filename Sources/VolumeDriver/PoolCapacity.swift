/// The physical capacity of a pool, according to its backend.
public struct PoolCapacity: Sendable, Hashable, Codable {
    /// The physical size of the pool.
    public let total: ByteCount
    /// The space that can still be written.
    public let free: ByteCount
    /// The total size of this service's volumes and snapshots; `nil` if unknown.
    public let logical: ByteCount?
    /// The limit on ``logical`` that is configured for the pool; `nil` for none. With a limit, ``logical`` is known.
    public let logicalLimit: ByteCount?
    /// The space that volumes and snapshots take; `nil` if unknown.
    public let allocated: ByteCount?
    /// The data space of a thin pool.
    public let data: SpaceUsage?
    /// The metadata space of a thin pool, which can be exhausted before the data space.
    public let metadata: SpaceUsage?
    /// The origin of the space, in words: `file system 801 of host 'a'`. Equal for pools that share their space; `nil`
    /// if unknown.
    public let backing: String?

    /// - Parameters:
    ///   - total: the physical size of the pool.
    ///   - free: the space that can still be written.
    ///   - logical: the total size of volumes and snapshots.
    ///   - logicalLimit: the configured limit on `logical`.
    ///   - allocated: the space that volumes and snapshots take.
    ///   - data: the data space of a thin pool.
    ///   - metadata: the metadata space of a thin pool.
    ///   - backing: the origin of the space, equal for pools that share their space.
    public init(
        total: ByteCount,
        free: ByteCount,
        logical: ByteCount? = nil,
        logicalLimit: ByteCount? = nil,
        allocated: ByteCount? = nil,
        data: SpaceUsage? = nil,
        metadata: SpaceUsage? = nil,
        backing: String? = nil
    ) {
        self.total = total
        self.free = free
        self.logical = logical
        self.logicalLimit = logicalLimit
        self.allocated = allocated
        self.data = data
        self.metadata = metadata
        self.backing = backing
    }
}

/// The usage of a space.
public struct SpaceUsage: Sendable, Hashable, Codable {
    /// The used part.
    public let used: ByteCount
    /// The size of the space.
    public let total: ByteCount

    /// - Parameter used: the used part of `total`.
    public init(used: ByteCount, total: ByteCount) {
        self.used = used
        self.total = total
    }

    /// The used part in percent.
    public var percent: Double {
        total > .zero ? Double(used.bytes) / Double(total.bytes) * 100 : 0
    }
}
