internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The status of a volume, and the state of a flow, whose record can't be read.
let unreadableWord = "unreadable"

/// A volume, for programs.
struct VolumeView: Encodable {
    let schema = "volumectl.volume/v1"
    let id: String
    @Nullable var name: String?
    let project: String
    @Nullable var sizeBytes: Int64?
    @Nullable var pool: String?
    let status: String
    @Nullable var location: String?
    @Nullable var createdAt: String?
    @Nullable var updatedAt: String?
    @Nullable var flow: String?
    @Nullable var lastError: String?
    /// Why the record can't be read; left out where it can.
    let reason: String?
    /// What its pool has of it; left out where nobody has asked.
    let backend: BackendView?

    /// - Parameter status: what has become of it, where the record says no more.
    init(_ volume: Volume, location: String, backend: BackendView? = nil, status: String? = nil) {
        id = volume.id.description
        _name = Nullable(wrappedValue: volume.name?.description)
        project = volume.project
        _sizeBytes = Nullable(wrappedValue: volume.size.bytes)
        _pool = Nullable(wrappedValue: volume.pool)
        self.status = status ?? volume.status.rawValue
        _location = Nullable(wrappedValue: location.isEmpty ? nil : location)
        _createdAt = Nullable(wrappedValue: volume.createdAt.timestamp)
        _updatedAt = Nullable(wrappedValue: volume.updatedAt.timestamp)
        _flow = Nullable(wrappedValue: volume.flow.description)
        _lastError = Nullable(wrappedValue: volume.lastError)
        reason = nil
        self.backend = backend
    }

    /// A volume of `project` whose record can't be read.
    init(unreadable row: UnreadableRow, project: String) {
        id = row.key
        _name = Nullable(wrappedValue: row.name)
        self.project = project
        status = unreadableWord
        (_sizeBytes, _pool, _location) = (
            Nullable(wrappedValue: nil), Nullable(wrappedValue: nil), Nullable(wrappedValue: nil)
        )
        (_createdAt, _updatedAt) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (_flow, _lastError) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        reason = row.reason
        backend = nil
    }
}

/// What a volume's pool has of it, for programs.
struct BackendView: Encodable {
    /// `complete`, `partial`, `missing` or `unknown`.
    let presence: String
    /// How large the data appears to be, when it is complete.
    @Nullable var sizeBytes: Int64?
    /// Why it is unknown.
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
    /// Its size, so that nobody takes it for another.
    var exactSize: String { "\(size) (\(size.bytes) bytes)" }
}

extension Identifier {
    /// Enough of it for a person to name it by.
    var shortened: String { String(description.prefix(8)) }
}

extension Date {
    /// How long ago for people, when exactly for everyone else.
    var ageOrTime: String {
        guard Console.isTerminal else { return timestamp }
        let seconds = Int(Date().timeIntervalSince(self))
        return switch seconds {
        case ..<120: "\(max(0, seconds))s"
        case ..<7200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }
}

extension TimeInterval {
    /// In milliseconds below a second, else in seconds. Nothing takes less than no time, though clocks are set back.
    var duration: String {
        self < 1 ? "\(Int((Swift.max(0, self) * 1000).rounded())) ms" : "\((self * 100).rounded() / 100) s"
    }
}
