/// The lifecycle state of a snapshot, in Cinder's words (`cinder: objects/fields.py SnapshotStatus`).
public enum SnapshotStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case creating
    case available
    /// It is saved as an image.
    case uploading
    case deleting
    /// Its creation failed and could not be undone.
    case error
    /// Its removal failed half-way, or its state after the failure is unknown.
    case errorDeleting = "error_deleting"

    /// The statuses that may follow this one. A removed snapshot has no status, because its row is removed with it.
    public var successors: Set<SnapshotStatus> {
        switch self {
        case .creating: [.available, .error]
        case .available: [.uploading, .deleting]
        case .uploading: [.available]
        case .error: [.deleting]
        case .deleting: [.available, .error, .errorDeleting]
        // A failed removal that turns out not to have touched the snapshot makes it available again.
        case .errorDeleting: [.deleting, .available]
        }
    }
}
