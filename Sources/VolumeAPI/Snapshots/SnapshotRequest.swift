public import Identity
public import VolumeDriver

/// A request for a snapshot. Pass an id to make retries idempotent.
public struct SnapshotRequest: Sendable, Hashable, Codable {
    /// The volume's complete name or id.
    public var volume: String
    /// The snapshot's name, unique in its volume; `nil` for a snapshot that is referred to by its id.
    public var name: VolumeName?
    /// The id of the snapshot to create.
    public let id: SnapshotID
    /// Whether the caller chose the id. Only then can an existing snapshot with this id be the requested one.
    package let isIDSupplied: Bool

    /// - Parameters:
    ///   - volume: the volume's complete name or id.
    ///   - name: the snapshot's name; `nil` for a snapshot that is referred to by its id.
    ///   - id: the snapshot's id, which makes retries idempotent; `nil` for a new one.
    public init(of volume: String, name: VolumeName? = nil, id: SnapshotID? = nil) {
        self.volume = volume
        self.name = name
        self.id = id ?? .random()
        isIDSupplied = id != nil
    }

    /// The reference for the new snapshot.
    package var label: String { SnapshotReference.label(id, named: name, of: volume) }
}

/// The result of a request for a snapshot.
public struct CreatedSnapshot: Sendable, Hashable, Codable {
    /// The snapshot, new or existing.
    public let snapshot: Snapshot
    /// `false` if the snapshot with the requested id existed already.
    public let isNew: Bool
    /// Whether the volume was in use: the snapshot holds what the volume held at one moment, as after a power cut.
    public let isCrashConsistent: Bool

    package init(snapshot: Snapshot, isNew: Bool, isCrashConsistent: Bool = false) {
        (self.snapshot, self.isNew, self.isCrashConsistent) = (snapshot, isNew, isCrashConsistent)
    }
}
