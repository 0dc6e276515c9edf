/// The lifecycle state of a volume, in Cinder's words (`cinder: objects/fields.py VolumeStatus`).
public enum VolumeStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case creating
    /// An image is written to it, as the last part of its creation.
    case downloading
    case available
    case extending
    /// A host is getting access to it.
    case attaching
    /// A host has access to it, or may have; its ``Attachment`` names the host.
    case inUse = "in-use"
    /// A host is losing access to it.
    case detaching
    /// It is saved as an image.
    case uploading
    case deleting
    /// It is being reverted to a snapshot.
    case reverting
    /// It is moved to another pool.
    case migrating
    /// Its creation failed and could not be undone, or its reversion to a snapshot failed half-way.
    case error
    /// Its removal failed half-way, or its state after the failure is unknown.
    case errorDeleting = "error_deleting"
    /// Its extension failed, and its size can't be determined.
    case errorExtending = "error_extending"
    /// Its migration failed, and left a second object in another pool; its data is complete.
    case errorMigrating = "error_migrating"

    /// The statuses that may follow this one. A removed volume has no status, because its row is removed with it.
    public var successors: Set<VolumeStatus> {
        switch self {
        case .creating: [.downloading, .available, .error]
        // It is being created again while another pool is tried.
        case .downloading: [.creating, .available, .error]
        case .available: [.attaching, .detaching, .extending, .uploading, .deleting, .reverting, .migrating]
        case .attaching, .detaching: [.available, .inUse]
        // A failed attach or detach leaves it in use, which is the safe answer; a retry then undoes the rest.
        case .inUse: [.inUse, .available, .attaching, .detaching, .extending]
        case .uploading: [.available]
        case .extending: [.available, .inUse, .errorExtending]
        case .error: [.deleting, .reverting]
        case .reverting: [.available, .error]
        case .deleting: [.available, .error, .errorDeleting, .errorExtending]
        // A failed removal that turns out not to have touched the volume makes it available again.
        case .errorDeleting: [.deleting, .available]
        case .errorExtending: [.extending, .deleting]
        case .migrating: [.available, .errorMigrating]
        case .errorMigrating: [.available]
        }
    }

    /// Whether the pool is to hold the volume's complete data.
    package var promisesData: Bool {
        switch self {
        case .available, .attaching, .inUse, .detaching, .uploading, .migrating, .errorMigrating: true
        case .creating, .downloading, .extending, .deleting, .reverting, .error, .errorDeleting, .errorExtending: false
        }
    }

    /// Whether its creation has not ended.
    package var isBeingCreated: Bool { self == .creating || self == .downloading }
}
