public import FoundationEssentials
public import Identity
public import TaskFlow
public import VolumeDriver

/// The record of a snapshot.
public struct Snapshot: Sendable, Hashable, Codable {
    /// Identifies the snapshot permanently, here and on its backend.
    public let id: SnapshotID
    /// The project whose quota it uses.
    public let project: String
    /// Unique among the snapshots of its volume; `nil` for a snapshot that is referred to by its id.
    public let name: VolumeName?
    /// The volume of which it is a snapshot.
    public let volume: VolumeID
    /// The name of that volume.
    public let volumeName: VolumeName?
    /// The pool that holds it, which is that of its volume.
    public let pool: String?
    /// The size of the volume at that moment, which counts in the quota `gigabytes`.
    public let size: ByteCount
    /// The lifecycle state.
    public let status: SnapshotStatus
    /// The time at which its creation was requested.
    public let createdAt: Date
    /// The time at which its status last changed.
    public let updatedAt: Date
    /// The flow that last changed it.
    public let flow: FlowID
    /// The reason why the snapshot has this status, if something went wrong.
    public let lastError: String?

    package init(
        id: SnapshotID,
        project: String,
        name: VolumeName?,
        volume: VolumeID,
        volumeName: VolumeName?,
        pool: String?,
        size: ByteCount,
        status: SnapshotStatus,
        createdAt: Date,
        updatedAt: Date,
        flow: FlowID,
        lastError: String?
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.volume = volume
        self.volumeName = volumeName
        self.pool = pool
        self.size = size
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.flow = flow
        self.lastError = lastError
    }

    /// The name or id of its volume.
    public var volumeLabel: String { volumeName?.description ?? volume.description }

    /// `pg-data@before-upgrade`, or the id of a snapshot without a name.
    public var label: String { SnapshotReference.label(id, named: name, of: volumeLabel) }
}
