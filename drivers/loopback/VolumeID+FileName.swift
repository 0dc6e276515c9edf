import Identity
import VolumeDriver

extension VolumeID {
    private static var prefix: String { "volume-" }

    /// The name of the volume's file in its pool.
    var fileName: String { Self.prefix + description }

    /// `nil` unless `fileName` is exactly what this driver would write: an id in upper case is somebody else's file.
    init?(fileName: String) {
        guard fileName.hasPrefix(Self.prefix) else { return nil }
        self.init(String(fileName.dropFirst(Self.prefix.count)))
        guard self.fileName == fileName else { return nil }
    }
}
