public import VolumeDriver

/// The state of a volume's data according to its pool.
public enum BackendState: Sendable, Hashable, Codable {
    /// The pool's answer.
    case found(VolumePresence)
    /// The pool could not be asked. This implies nothing about the data.
    case unknown(VolumeError)
}
