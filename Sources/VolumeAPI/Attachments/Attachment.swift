public import FoundationEssentials
public import Identity
public import TaskFlow
public import VolumeDriver

/// A use of a volume; the volume is `in-use` while it lasts (`cinder: VolumeAttachment`).
public struct Attachment: Sendable, Hashable, Codable {
    /// The way in which a volume is used.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// The programs of the host access it as a device or a file.
        case attached
        /// A server gives others access to it.
        case exported
        /// Its file system is mounted on the host.
        case mounted
    }

    /// The volume.
    public let volume: VolumeID
    /// The way in which it is used.
    public let kind: Kind
    /// The name of the host on which it is used.
    public let host: String
    /// The name of its user, such as a virtual machine; `nil` for one without a name. A multiattach volume has at most one
    /// attachment for each holder, and any other volume has at most one.
    public let holder: VolumeName?
    /// The path or address at which the volume is accessible; `nil` until its driver has made it accessible.
    public let access: VolumeAccess?
    /// The directory at which it is mounted; `nil` for other kinds of use.
    public let mountPoint: String?
    /// The time at which the use was requested.
    public let since: Date
    /// The flow that last changed this record.
    public let flow: FlowID

    package init(
        volume: VolumeID,
        kind: Kind,
        host: String,
        holder: VolumeName? = nil,
        access: VolumeAccess? = nil,
        mountPoint: String? = nil,
        since: Date,
        flow: FlowID
    ) {
        self.volume = volume
        self.kind = kind
        self.host = host
        self.holder = holder
        self.access = access
        self.mountPoint = mountPoint
        self.since = since
        self.flow = flow
    }
}

/// The place at which a volume in use can be read and written.
public enum VolumeAccess: Sendable, Hashable, Codable {
    /// A path of this host.
    case local(LocalAttachment)
    /// The address of a server.
    case export(VolumeExport)

    /// The path of a device or a file, or the URI of a server.
    public var address: String {
        switch self {
        case .local(let attachment): attachment.path
        case .export(let export): export.uri
        }
    }

    /// Whether it refuses writes.
    public var isReadOnly: Bool {
        switch self {
        case .local(let attachment): attachment.isReadOnly
        case .export(let export): export.isReadOnly
        }
    }
}

extension Attachment: CustomStringConvertible {
    /// A predicate about the volume for messages: `attached at /dev/loop3 on host db1 for vm1 since
    /// 2026-11-28T21:04:11Z`.
    public var description: String {
        let place = (mountPoint ?? access?.address).map { " at \($0)" } ?? ""
        let mode = access?.isReadOnly == true ? " read-only" : ""
        return "\(kind.rawValue)\(mode)\(place) on host \(host)\(user)"
    }

    /// The holder and the time.
    private var user: String { (holder.map { " for \($0)" } ?? "") + " since \(since.formatted(.iso8601))" }

    /// A predicate about a volume with these attachments, all with the same device: `attached at /dev/loop3 on host db1 for
    /// vm1 since 2026-11-28T21:04:11Z, for vm2 since 2026-11-28T21:04:15Z`.
    package static func description(of attachments: some Collection<Attachment>) -> String {
        attachments.dropFirst().reduce(attachments.first?.description ?? "") { "\($0),\($1.user)" }
    }
}
