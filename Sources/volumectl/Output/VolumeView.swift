internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The status or state of a volume or flow with an unreadable record.
let unreadableWord = "unreadable"

/// A volume as JSON.
struct VolumeView: Encodable {
    let schema = "volumectl.volume/v1"
    let id: String
    @Nullable var name: String?
    let project: String
    @Nullable var sizeBytes: Int64?
    @Nullable var pool: String?
    @Nullable var type: String?
    /// The name of its group.
    @Nullable var group: String?
    @Nullable var sourceImage: String?
    @Nullable var sourceSnapshot: String?
    @Nullable var sourceVolume: String?
    let status: String
    @Nullable var location: String?
    @Nullable var createdAt: String?
    @Nullable var updatedAt: String?
    @Nullable var flow: String?
    @Nullable var lastError: String?
    @Nullable var description: String?
    @Nullable var keyId: String?
    let labels: [String: String]
    let protected: Bool
    let bootable: Bool
    let readOnly: Bool
    /// Whether several holders may use it at once.
    let multiattach: Bool
    /// The reason why the record can't be read; left out if it can.
    let reason: String?
    /// The report of the pool about the volume; left out if it was not asked.
    let backend: BackendView?
    /// The volume's oldest use; left out if it is not in use.
    let attachment: AttachmentView?
    /// All its uses, oldest first, one for each holder; left out if it is not in use.
    let attachments: [AttachmentView]?
    /// The place at which ``lastError`` occurred; left out without one, and in lists.
    let lastErrorDetails: LastErrorView?

    /// - Parameter status: replaces the status of a volume that is gone.
    init(
        _ volume: Volume,
        location: String,
        backend: BackendView? = nil,
        attachments: [AttachmentView] = [],
        lastErrorDetails: LastErrorView? = nil,
        status: String? = nil
    ) {
        id = volume.id.description
        _name = Nullable(wrappedValue: volume.name?.description)
        project = volume.project
        _sizeBytes = Nullable(wrappedValue: volume.size.bytes)
        _pool = Nullable(wrappedValue: volume.pool)
        _type = Nullable(wrappedValue: volume.type)
        _group = Nullable(wrappedValue: volume.groupName?.description)
        _sourceImage = Nullable(wrappedValue: volume.sourceImage?.path)
        _sourceSnapshot = Nullable(wrappedValue: volume.sourceSnapshot?.description)
        _sourceVolume = Nullable(wrappedValue: volume.sourceVolume?.description)
        self.status = status ?? volume.status.rawValue
        _location = Nullable(wrappedValue: location.isEmpty ? nil : location)
        _createdAt = Nullable(wrappedValue: volume.createdAt.timestamp)
        _updatedAt = Nullable(wrappedValue: volume.updatedAt.timestamp)
        _flow = Nullable(wrappedValue: volume.flow.description)
        _lastError = Nullable(wrappedValue: volume.lastError)
        let attributes = volume.attributes
        _description = Nullable(wrappedValue: attributes.description.isEmpty ? nil : attributes.description)
        _keyId = Nullable(wrappedValue: attributes.keyID)
        (labels, protected, bootable) = (attributes.labels, attributes.isProtected, attributes.isBootable)
        (readOnly, multiattach) = (attributes.isReadOnly, attributes.isMultiattach)
        reason = nil
        self.backend = backend
        attachment = attachments.first
        self.attachments = attachments.isEmpty ? nil : attachments
        self.lastErrorDetails = lastErrorDetails
    }

    /// A volume with an unreadable record.
    init(unreadable row: UnreadableRow, project: String) {
        id = row.key
        _name = Nullable(wrappedValue: row.name)
        self.project = project
        status = unreadableWord
        (_sizeBytes, _pool, _location) = (
            Nullable(wrappedValue: nil), Nullable(wrappedValue: nil), Nullable(wrappedValue: nil)
        )
        (_type, _group) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        _sourceImage = Nullable(wrappedValue: nil)
        (_sourceSnapshot, _sourceVolume) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (_createdAt, _updatedAt) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (_flow, _lastError) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (_description, _keyId) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (labels, protected, bootable, readOnly, multiattach) = ([:], false, false, false, false)
        reason = row.reason
        (backend, attachment, attachments, lastErrorDetails) = (nil, nil, nil, nil)
    }
}

extension VolumeView: JSONRow {
    var members: [(key: StaticString, value: JSONScalar)]? {
        guard backend == nil, attachment == nil, lastErrorDetails == nil, labels.count <= 1 else { return nil }
        var members: [(key: StaticString, value: JSONScalar)] = [
            ("bootable", .flag(bootable)), ("created_at", JSONScalar(createdAt)),
            ("description", JSONScalar(description)), ("flow", JSONScalar(flow)), ("group", JSONScalar(group)),
            ("id", .text(id)), ("key_id", JSONScalar(keyId)),
            ("labels", .object(labels.first)), ("last_error", JSONScalar(lastError)),
            ("location", JSONScalar(location)), ("multiattach", .flag(multiattach)), ("name", JSONScalar(name)),
            ("pool", JSONScalar(pool)), ("project", .text(project)),
            ("protected", .flag(protected)), ("read_only", .flag(readOnly)),
        ]
        if let reason { members.append(("reason", .text(reason))) }
        members += [
            ("schema", .text(schema)), ("size_bytes", JSONScalar(sizeBytes)),
            ("source_image", JSONScalar(sourceImage)), ("source_snapshot", JSONScalar(sourceSnapshot)),
            ("source_volume", JSONScalar(sourceVolume)),
            ("status", .text(status)), ("type", JSONScalar(type)), ("updated_at", JSONScalar(updatedAt)),
        ]
        return members
    }
}

/// The report of a pool about a volume, as JSON.
struct BackendView: Encodable {
    /// `complete`, `partial`, `missing` or `unknown`.
    let presence: String
    /// The size of the data, when complete.
    @Nullable var sizeBytes: Int64?
    /// The reason why the presence is unknown.
    @Nullable var reason: String?

    init(_ state: BackendState) {
        var (size, reason): (Int64?, String?) = (nil, nil)
        switch state {
        case .found(.absent): presence = "missing"
        case .found(.partial): presence = "partial"
        case .found(.complete(let found)): (presence, size) = ("complete", found.bytes)
        case .unknown(let error): (presence, reason) = ("unknown", error.description)
        }
        (_sizeBytes, _reason) = (Nullable(wrappedValue: size), Nullable(wrappedValue: reason))
    }
}

extension Volume {
    /// The size with the exact number of bytes.
    var exactSize: String { "\(size) (\(size.bytes) bytes)" }
}

extension Identifier {
    /// The beginning of the id, which is enough for people.
    var shortened: String { String(description.prefix(8)) }
}

extension Date {
    /// The age on a terminal, otherwise the time.
    var ageOrTime: String { Console.isTerminal ? age : timestamp }

    /// The time that has passed since then, in the largest unit that is not too rough.
    var age: String {
        let seconds = Int(exactly: Date().timeIntervalSince(self).rounded(.down)) ?? 0
        return switch seconds {
        case ..<120: "\(max(0, seconds))s"
        case ..<7200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }
}

extension TimeInterval {
    /// The time in milliseconds below a second, otherwise in seconds; never negative, although the clock may have been
    /// set back.
    var duration: String {
        self < 1 ? "\(Int((Swift.max(0, self) * 1000).rounded())) ms" : "\((self * 100).rounded() / 100) s"
    }
}
