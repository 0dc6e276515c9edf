/// The state of a volume or a snapshot on a backend.
public enum VolumePresence: Sendable, Hashable, Codable {
    /// It does not exist.
    case absent
    /// It is unusable, because its creation or removal was cut short.
    case partial
    /// It is usable and has exactly this size, which is the apparent size rather than the allocated one.
    case complete(ByteCount)
}

/// A volume as a backend lists it.
public struct BackendVolume: Sendable, Hashable {
    /// The id in its name on the backend.
    public let id: VolumeID
    /// Its state; never `absent`.
    public let presence: VolumePresence

    /// - Parameter presence: its state; never `absent`.
    public init(id: VolumeID, presence: VolumePresence) {
        self.id = id
        self.presence = presence
    }
}

/// A snapshot as a backend lists it.
public struct BackendSnapshot: Sendable, Hashable {
    /// The id in its name on the backend.
    public let id: SnapshotID
    /// The volume that it is a snapshot of.
    public let volume: VolumeID
    /// Its state; never `absent`.
    public let presence: VolumePresence

    /// - Parameters:
    ///   - volume: the volume that it is a snapshot of.
    ///   - presence: its state; never `absent`.
    public init(id: SnapshotID, of volume: VolumeID, presence: VolumePresence) {
        self.id = id
        self.volume = volume
        self.presence = presence
    }
}
