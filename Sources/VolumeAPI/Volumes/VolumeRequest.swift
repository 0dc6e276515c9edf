public import Identity
public import VolumeDriver

/// A create request. Pass an id to make retries idempotent.
public struct VolumeRequest: Sendable, Hashable, Codable {
    /// What it shall be called; `nil` for a volume that is known by its id.
    public var name: VolumeName?
    /// How large it shall be: a size, or a share of a pool's free space.
    public var size: SizeExpression
    /// The only pool that may be chosen; `nil` leaves the choice to the scheduler.
    public var pool: String?
    /// The pool for a request that names none; no part of the request, which stays the same when this changes.
    public var defaultPool: String?
    /// The id that it shall have.
    public let id: VolumeID
    /// Whether whoever asks chose the id: only then a volume with this id is what was asked for.
    package let isIDSupplied: Bool

    /// - Parameters:
    ///   - name: what it shall be called; `nil` for a volume that is known by its id.
    ///   - size: a size, or a share of a pool's free space.
    ///   - pool: the only pool that may be chosen.
    ///   - id: the volume's id; the same id twice is the same request. `nil` for a new one.
    public init(name: VolumeName? = nil, size: SizeExpression, pool: String? = nil, id: VolumeID? = nil) {
        self.name = name
        self.size = size
        self.pool = pool
        self.id = id ?? .random()
        isIDSupplied = id != nil
    }

    /// The name, or the id of a volume that gets none.
    package var label: String { name?.description ?? id.description }
}

/// What became of a create request.
public struct CreatedVolume: Sendable, Hashable, Codable {
    /// The volume.
    public let volume: Volume
    /// Where a person finds it.
    public let location: String
    /// `false` when a volume with this name and specification was there already.
    public let isNew: Bool

    /// What was found out.
    package init(
        volume: Volume,
        location: String,
        isNew: Bool
    ) {
        self.volume = volume
        self.location = location
        self.isNew = isNew
    }
}
