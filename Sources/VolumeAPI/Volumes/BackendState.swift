public import VolumeDriver

/// What is known of a volume's data, asked of its pool.
public enum BackendState: Sendable, Hashable, Codable {
    /// The pool has answered.
    case found(VolumePresence)
    /// The pool could not be asked, for this reason. Nothing follows from that.
    case unknown(VolumeError)
}
