internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// A snapshot as JSON.
struct SnapshotView: Encodable {
    let schema = "volumectl.snapshot/v1"
    let id: String
    @Nullable var name: String?
    let project: String
    /// The id of its volume.
    @Nullable var volume: String?
    @Nullable var volumeName: String?
    @Nullable var sizeBytes: Int64?
    @Nullable var pool: String?
    let status: String
    @Nullable var location: String?
    @Nullable var createdAt: String?
    @Nullable var updatedAt: String?
    @Nullable var flow: String?
    @Nullable var lastError: String?
    /// The reason why the record can't be read; left out if it can.
    let reason: String?
    /// The report of the pool about the snapshot; left out if it was not asked.
    let backend: BackendView?
    /// The place at which ``lastError`` occurred; left out without one, and in lists.
    let lastErrorDetails: LastErrorView?

    /// - Parameter status: replaces the status of a snapshot that is gone.
    init(
        _ snapshot: Snapshot,
        location: String,
        backend: BackendView? = nil,
        lastErrorDetails: LastErrorView? = nil,
        status: String? = nil
    ) {
        id = snapshot.id.description
        _name = Nullable(wrappedValue: snapshot.name?.description)
        project = snapshot.project
        _volume = Nullable(wrappedValue: snapshot.volume.description)
        _volumeName = Nullable(wrappedValue: snapshot.volumeName?.description)
        _sizeBytes = Nullable(wrappedValue: snapshot.size.bytes)
        _pool = Nullable(wrappedValue: snapshot.pool)
        self.status = status ?? snapshot.status.rawValue
        _location = Nullable(wrappedValue: location.isEmpty ? nil : location)
        _createdAt = Nullable(wrappedValue: snapshot.createdAt.timestamp)
        _updatedAt = Nullable(wrappedValue: snapshot.updatedAt.timestamp)
        _flow = Nullable(wrappedValue: snapshot.flow.description)
        _lastError = Nullable(wrappedValue: snapshot.lastError)
        reason = nil
        self.backend = backend
        self.lastErrorDetails = lastErrorDetails
    }

    /// A snapshot with an unreadable record.
    init(unreadable row: UnreadableRow, project: String) {
        id = row.key
        _name = Nullable(wrappedValue: row.name)
        self.project = project
        status = unreadableWord
        (_volume, _volumeName, _pool) = (
            Nullable(wrappedValue: nil), Nullable(wrappedValue: nil), Nullable(wrappedValue: nil)
        )
        (_sizeBytes, _location) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (_createdAt, _updatedAt) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (_flow, _lastError) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        reason = row.reason
        (backend, lastErrorDetails) = (nil, nil)
    }
}
