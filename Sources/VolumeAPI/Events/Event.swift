public import FoundationEssentials
public import TaskFlow

/// A notification that something began, ended or failed (`cinder: volume notifications`).
///
/// Events are stored in the transactions that change what they tell of, so none is missing and none is untrue.
public struct Event: Sendable, Hashable, Codable {
    /// Grows with time, in the whole database.
    public let number: Int64
    /// The time at which it was stored.
    public let at: Date
    /// In Cinder's words: `volume.create.start`, `volume.create.end`, `volume.create.error`.
    public let name: String
    /// The project to which the object belongs.
    public let project: String
    /// The user who made the request; `nil` if that is not known.
    public let user: String?
    /// The id of the object.
    public let object: String
    /// The object's name, or its id if it has none.
    public let label: String
    /// The flow that did it; `nil` for a change without a flow.
    public let flow: FlowID?
    /// The object, as far as it is known.
    public let payload: EventPayload

    package init(
        number: Int64 = 0,
        at: Date,
        name: String,
        project: String,
        user: String?,
        object: String,
        label: String,
        flow: FlowID?,
        payload: EventPayload
    ) {
        self.number = number
        self.at = at
        self.name = name
        self.project = project
        self.user = user
        self.object = object
        self.label = label
        self.flow = flow
        self.payload = payload
    }
}

/// The payload of an event: its object, under Cinder's names where Cinder has one.
public struct EventPayload: Sendable, Hashable, Codable {
    /// The project.
    public var tenantID: String?
    /// The user who made the request.
    public var userID: String?
    /// The volume, or the volume of a snapshot.
    public var volumeID: String?
    /// The snapshot, or the snapshot of which a volume was made.
    public var snapshotID: String?
    /// The group.
    public var groupID: String?
    /// The volume of which a volume was made.
    public var sourceVolumeID: String?
    /// The object's name; empty without one.
    public var displayName: String?
    /// The size in GiB, rounded up.
    public var size: Int64?
    /// The size in bytes.
    public var sizeBytes: Int64?
    /// The lifecycle state.
    public var status: String?
    /// The name of the volume's type.
    public var volumeType: String?
    /// The pool.
    public var host: String?
    /// The time at which the object's creation was requested, in ISO 8601.
    public var createdAt: String?
    /// The labels (`cinder: metadata`).
    public var metadata: [String: String]?
    /// The uses of a volume in use, oldest first.
    public var attachments: [EventAttachment]?
    /// The reason why it failed.
    public var error: EventError?

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case tenantID = "tenant_id"
        case userID = "user_id"
        case volumeID = "volume_id"
        case snapshotID = "snapshot_id"
        case groupID = "group_id"
        case sourceVolumeID = "source_volid"
        case displayName = "display_name"
        case size, status, host, metadata, error
        case sizeBytes = "size_bytes"
        case volumeType = "volume_type"
        case createdAt = "created_at"
        case attachments = "volume_attachment"
    }
}

/// A use of a volume, for an event (`cinder: VolumeAttachment`).
public struct EventAttachment: Sendable, Hashable, Codable {
    /// The name of its holder; `nil` for one without a name.
    public var holder: String?
    /// The name of the host.
    public var host: String
    /// The directory at which it is mounted, the device or file, or the address of its server; `nil` until there is one.
    public var place: String?
    /// `rw` or `ro`.
    public var mode: String

    package init(_ attachment: Attachment) {
        (holder, host) = (attachment.holder?.description, attachment.host)
        place = attachment.mountPoint ?? attachment.access?.address
        mode = attachment.access?.isReadOnly == true ? "ro" : "rw"
    }

    private enum CodingKeys: String, CodingKey {
        case holder = "instance_uuid"
        case host = "attached_host"
        case place = "mountpoint"
        case mode = "attach_mode"
    }
}

/// The reason why something failed, for an event.
public struct EventError: Sendable, Hashable, Codable {
    /// The code of the ``VolumeError``, such as `no_valid_pool`.
    public var code: String
    /// The step that failed.
    public var step: String?
    /// The failure, as text for people.
    public var message: String

    package init(code: String, step: String?, message: String) {
        (self.code, self.step, self.message) = (code, step, message)
    }
}

/// The selection of events that are listed.
public struct EventSelection: Sendable, Hashable, Codable {
    /// Only events of this object.
    public var object: String?
    /// Only events from this time on.
    public var since: Date?
    /// Only events after the one with this number.
    public var after: Int64?
    /// Only the newest, in this number.
    public var newest: Int?

    /// Every restriction that is left out does not apply.
    public init(object: String? = nil, since: Date? = nil, after: Int64? = nil, newest: Int? = nil) {
        (self.object, self.since, self.after, self.newest) = (object, since, after, newest)
    }
}
