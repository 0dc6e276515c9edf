/// The lifecycle state of a volume, in Cinder's words (`cinder: objects/fields.py VolumeStatus`).
public enum VolumeStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case creating
    case available
    case extending
    case deleting
    /// It is taken back to a snapshot.
    case reverting
    /// Its creation failed and could not be undone, or its reversion to a snapshot failed half-way.
    case error
    /// Its removal failed half-way, or it is not known how far it came.
    case errorDeleting = "error_deleting"
    /// Its extension failed, and it can't be found out how large it is.
    case errorExtending = "error_extending"

    /// The statuses that may follow this one. A removed volume has no status, because its row is removed with it.
    public var successors: Set<VolumeStatus> {
        switch self {
        case .creating: [.available, .error]
        case .available: [.extending, .deleting, .reverting]
        case .extending: [.available, .errorExtending]
        case .error: [.deleting, .reverting]
        case .reverting: [.available, .error]
        case .deleting: [.available, .error, .errorDeleting, .errorExtending]
        // A failed removal that turns out not to have touched the volume makes it available again.
        case .errorDeleting: [.deleting, .available]
        case .errorExtending: [.extending, .deleting]
        }
    }

    /// Whether the volume's data can be used.
    package var isUsable: Bool { self == .available }
}
