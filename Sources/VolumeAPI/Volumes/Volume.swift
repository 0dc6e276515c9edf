public import FoundationEssentials
public import Identity
public import TaskFlow
public import VolumeDriver

/// A volume's record.
public struct Volume: Sendable, Hashable, Codable {
    /// Identifies the volume permanently, here and on its backend.
    public let id: VolumeID
    /// The project whose quota it uses.
    public let project: String
    /// Unique in its project; `nil` for a volume that is referred to by its id.
    public let name: VolumeName?
    /// The size; before a pool is chosen, the requested size, or zero for a share of a pool's free space.
    public let size: ByteCount
    /// The requested size; `nil` in records of versions that did not store it.
    public let requestedSize: RequestedSize?
    /// The requested pool; `nil` if the scheduler was to choose one.
    public let requestedPool: String?
    /// The snapshot of which it was made; it may be gone by now.
    public let sourceSnapshot: SnapshotID?
    /// The volume of which it was made; it may be gone by now.
    public let sourceVolume: VolumeID?
    /// The image file of which it was made; it may have changed or be gone by now.
    public let sourceImage: VolumeImage?
    /// The pool that holds it; `nil` before one is chosen.
    public let pool: String?
    /// The name of its type; `nil` without one.
    public let type: String?
    /// The group that it is in; `nil` if it is in none.
    public let group: GroupID?
    /// The name of that group.
    public let groupName: VolumeName?
    /// The lifecycle state.
    public let status: VolumeStatus
    /// The time at which its creation was requested.
    public let createdAt: Date
    /// The time at which its status last changed.
    public let updatedAt: Date
    /// The flow that last changed it.
    public let flow: FlowID
    /// The reason why the volume has this status, if something went wrong.
    public let lastError: String?
    /// The attributes that its owner may change.
    public let attributes: VolumeAttributes

    package init(
        id: VolumeID,
        project: String,
        name: VolumeName? = nil,
        size: ByteCount,
        requestedSize: RequestedSize? = nil,
        requestedPool: String? = nil,
        sourceSnapshot: SnapshotID? = nil,
        sourceVolume: VolumeID? = nil,
        sourceImage: VolumeImage? = nil,
        pool: String? = nil,
        type: String? = nil,
        group: GroupID? = nil,
        groupName: VolumeName? = nil,
        status: VolumeStatus,
        createdAt: Date,
        updatedAt: Date,
        flow: FlowID,
        lastError: String? = nil,
        attributes: VolumeAttributes = VolumeAttributes()
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.size = size
        self.requestedSize = requestedSize
        self.requestedPool = requestedPool
        self.sourceSnapshot = sourceSnapshot
        self.sourceVolume = sourceVolume
        self.sourceImage = sourceImage
        self.pool = pool
        self.type = type
        (self.group, self.groupName) = (group, groupName)
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.flow = flow
        self.lastError = lastError
        self.attributes = attributes
    }

    /// The name, or the id of a volume without one.
    public var label: String { name?.description ?? id.description }
}
