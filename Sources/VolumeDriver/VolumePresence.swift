/// What a backend holds of a volume or a snapshot.
public enum VolumePresence: Sendable, Hashable, Codable {
    /// Nothing.
    case absent
    /// Something that can't be used: its making or its removal was cut short.
    case partial
    /// Usable, and of exactly this size: that which it appears to have, not that which it takes.
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

/// A snapshot as a backend lists it.
public struct BackendSnapshot: Sendable, Hashable {
    /// The id that its name on the backend carries.
    public let id: SnapshotID
    /// The volume of which it is a snapshot.
    public let volume: VolumeID
    /// How much of it there is. Never `absent`.
    public let presence: VolumePresence

    /// - Parameters:
    ///   - volume: of which volume it is a snapshot.
    ///   - presence: how much of it there is; never `absent`.
    public init(id: SnapshotID, of volume: VolumeID, presence: VolumePresence) {
        self.id = id
        self.volume = volume
        self.presence = presence
    }
}
