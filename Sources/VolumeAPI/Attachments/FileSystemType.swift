/// A file system that can be made on a volume.
public enum FileSystemType: String, Sendable, Hashable, Codable, CaseIterable {
    /// Linux's fourth extended file system.
    case ext4
    /// SGI's file system, for large files and volumes.
    case xfs
}
