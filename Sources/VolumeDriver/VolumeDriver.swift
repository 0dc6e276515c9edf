public import Identity

/// Names a volume, in the database and on every backend.
public typealias VolumeID = Identifier<VolumeTag>

/// What a `VolumeID` identifies. Has no values.
public enum VolumeTag {}

/// What turns volumes into storage: one value serves one pool.
///
/// Every call is idempotent by the volume's id, because a caller that dies between a call and the record of its
/// outcome makes the call again. So `create` of a volume that is there with that size succeeds, as does `delete` of
/// one that is not; a call that was cut short half-way is completed by the next. A driver names its objects
/// deterministically, `volume-<id>`, and never by what a user typed.
///
/// What a driver can do beyond this is declared by conforming to further protocols.
public protocol VolumeDriver: Sendable {
    /// The name by which a configuration asks for this driver: `loopback`, `lvm`, `rbd`.
    static var kind: String { get }

    /// What the pool can do and in which steps it sizes volumes.
    var capabilities: DriverCapabilities { get }

    /// Makes an empty volume of exactly `size`, a multiple of the granule, that reads as zeros.
    ///
    /// - Parameter operation: the same for every repetition of this request; for backends that remember requests.
    /// - Throws: `refused` if the volume exists with another size; `retryableElsewhere` when this pool has no room.
    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError)

    /// Removes the volume and every trace of an unfinished one. A volume that is not there is success.
    ///
    /// - Throws: `busy` while somebody uses the volume; nothing has been changed then.
    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError)

    /// What the backend really holds of the volume.
    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence

    /// Every volume of this service that the backend holds, finished or not. Foreign objects are left out.
    func list() async throws(DriverError) -> [BackendVolume]

    /// How large the pool is and how much of it is free, asked of the backend now.
    func capacity() async throws(DriverError) -> PoolCapacity

    /// Where a person finds the volume: a path or a backend's own name. Asks nothing of the backend.
    func location(of volume: VolumeID) -> String
}

/// What a pool can do.
public struct DriverCapabilities: Sendable, Hashable, Codable {
    /// Whether space is taken as it is written, so that more may be promised than there is.
    public let isThin: Bool
    /// Sizes are multiples of this.
    public let granule: ByteCount

    /// - Parameter granule: sizes of volumes are multiples of this; never zero.
    public init(isThin: Bool, granule: ByteCount) {
        self.isThin = isThin
        self.granule = granule
    }
}

/// What a backend holds of a volume.
public enum VolumePresence: Sendable, Hashable, Codable {
    /// Nothing.
    case absent
    /// Something that isn't a usable volume: its making or its removal was cut short.
    case partial
    /// A usable volume of exactly this size.
    case complete(ByteCount)
}

/// A volume as a backend lists it.
public struct BackendVolume: Sendable, Hashable {
    /// The id that its name on the backend carries.
    public let id: VolumeID
    /// How much of it there is. Never `absent`.
    public let presence: VolumePresence

    /// - Parameter presence: how much of it there is; never `absent`.
    public init(id: VolumeID, presence: VolumePresence) {
        self.id = id
        self.presence = presence
    }
}

/// A pool's room as its backend sees it: written bytes, not promised ones.
public struct PoolCapacity: Sendable, Hashable, Codable {
    /// The size of the pool.
    public let total: ByteCount
    /// What can still be written.
    public let free: ByteCount

    /// - Parameters:
    ///   - total: the size of the pool.
    ///   - free: what can still be written.
    public init(total: ByteCount, free: ByteCount) {
        self.total = total
        self.free = free
    }
}
