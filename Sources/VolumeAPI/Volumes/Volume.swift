public import FoundationEssentials
public import Identity
public import TaskFlow
public import VolumeDriver

/// A volume as the service knows it.
public struct Volume: Sendable, Hashable, Codable {
    /// Names it for ever, here and on its backend.
    public let id: VolumeID
    /// Whose quota it counts on.
    public let project: String
    /// What people call it, unique in its project.
    public let name: VolumeName?
    /// How large it is; before a pool is chosen, as it was requested, and zero for a share of a pool's free space.
    public let size: ByteCount
    /// How large it was requested to be; `nil` where that was not kept.
    public let requestedSize: RequestedSize?
    /// The pool that was requested; `nil` when the choice was left to the service.
    public let requestedPool: String?
    /// The pool that holds it; `nil` before one is chosen.
    public let pool: String?
    /// Where it is.
    public let status: VolumeStatus
    /// When it was asked for.
    public let createdAt: Date
    /// When its status last changed.
    public let updatedAt: Date
    /// The flow that last did something to it.
    public let flow: FlowID
    /// Why its status is what it is, if something went wrong.
    public let lastError: String?

    /// A volume as it is stored.
    package init(
        id: VolumeID,
        project: String,
        name: VolumeName? = nil,
        size: ByteCount,
        requestedSize: RequestedSize? = nil,
        requestedPool: String? = nil,
        pool: String? = nil,
        status: VolumeStatus,
        createdAt: Date,
        updatedAt: Date,
        flow: FlowID,
        lastError: String? = nil
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.size = size
        self.requestedSize = requestedSize
        self.requestedPool = requestedPool
        self.pool = pool
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.flow = flow
        self.lastError = lastError
    }

    /// The name, or the id of a volume without one.
    public var label: String { name?.description ?? id.description }
}
