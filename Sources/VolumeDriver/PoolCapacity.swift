/// A pool's room as its backend sees it: written bytes, not promised ones.
public struct PoolCapacity: Sendable, Hashable, Codable {
    /// The physical size of the pool.
    public let total: ByteCount
    /// What can still be written.
    public let free: ByteCount
    /// The sizes of this service's volumes and snapshots together, as they appear to their users; `nil` when unknown.
    public let logical: ByteCount?
    /// What the sizes of volumes and snapshots may come to, by a limit of the pool's own; `nil` without one. With a limit,
    /// `logical` is known.
    public let logicalLimit: ByteCount?
    /// What those really take; `nil` when unknown.
    public let allocated: ByteCount?
    /// A thin pool's space for data.
    public let data: SpaceUsage?
    /// A thin pool's space for its own records, which can run out before that for data does.
    public let metadata: SpaceUsage?
    /// Where the room comes from, in words: `file system 801 of host 'a'`. Equal for two pools that share one space; `nil`
    /// when unknown.
    public let backing: String?

    /// - Parameters:
    ///   - total: the physical size of the pool.
    ///   - free: what can still be written.
    ///   - logical: the sizes of volumes and snapshots together.
    ///   - logicalLimit: what those may come to, by a limit of the pool's own.
    ///   - allocated: what those really take.
    ///   - data: a thin pool's space for data.
    ///   - metadata: a thin pool's space for its own records.
    ///   - backing: where the room comes from, in words that are equal for two pools that share one space.
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

/// How much of a space is taken.
public struct SpaceUsage: Sendable, Hashable, Codable {
    /// What is taken.
    public let used: ByteCount
    /// All of it.
    public let total: ByteCount

    /// - Parameters:
    ///   - used: what is taken.
    ///   - total: all of it.
    public init(used: ByteCount, total: ByteCount) {
        self.used = used
        self.total = total
    }

    /// The part that is taken, in percent.
    public var percent: Double {
        total > .zero ? Double(used.bytes) / Double(total.bytes) * 100 : 0
    }
}
