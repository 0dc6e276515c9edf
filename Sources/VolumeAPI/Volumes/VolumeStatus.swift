/// The lifecycle state of a volume, in Cinder's words (`cinder: objects/fields.py VolumeStatus`).
public enum VolumeStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case creating
    case available
    case deleting
    /// Its creation failed and could not be undone.
    case error
    /// Its removal failed half-way, or it is not known how far it came.
    case errorDeleting = "error_deleting"

    /// The statuses that may follow this one. A removed volume has no status, because its row is removed with it.
    public var successors: Set<VolumeStatus> {
        switch self {
        case .creating: [.available, .error]
        case .available, .error: [.deleting]
        case .deleting: [.available, .error, .errorDeleting]
        // A failed removal that turns out not to have touched the volume makes it available again.
        case .errorDeleting: [.deleting, .available]
        }
    }
}
