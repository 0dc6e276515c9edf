/// Where a volume is. The words are Cinder's (`cinder: objects/fields.py VolumeStatus`).
public enum VolumeStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case creating
    case available
    case deleting
    /// Its creation failed and could not be undone.
    case error
    /// Its removal failed half-way, or it can't be found out how far it came.
    case errorDeleting = "error_deleting"

    /// The statuses that may follow this one. A volume that is gone has none: its row is gone with it.
    public var successors: Set<VolumeStatus> {
        switch self {
        case .creating: [.available, .error]
        case .available, .error: [.deleting]
        case .deleting: [.available, .error, .errorDeleting]
        // Available again when it turns out to be untouched.
        case .errorDeleting: [.deleting, .available]
        }
    }
}
