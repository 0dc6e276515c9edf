import Identity
import VolumeDriver

/// The meaning of a file's name in a pool.
enum PoolFileName: Hashable, Sendable {
    /// `volume-<id>`.
    case volume(VolumeID)
    /// `snapshot-<id>.volume-<id>`: naming the volume, too, lets a snapshot be a single file.
    case snapshot(SnapshotID, of: VolumeID)
    /// The unfinished file of one of these, with the suffix `.partial`.
    indirect case partial(PoolFileName)

    private static let suffix = ".partial"

    var text: String {
        switch self {
        case .volume(let volume): volume.backendName
        case .snapshot(let snapshot, let volume): "\(snapshot.backendName).\(volume.backendName)"
        case .partial(let name): name.text + Self.suffix
        }
    }

    /// `nil` unless `text` is exactly a name that this driver would write.
    init?(_ text: some StringProtocol) {
        if text.hasSuffix(Self.suffix) {
            guard let name = PoolFileName(text.dropLast(Self.suffix.count)) else { return nil }
            if case .partial = name { return nil }
            self = .partial(name)
        } else if let volume = VolumeID(backendName: text) {
            self = .volume(volume)
        } else {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let snapshot = SnapshotID(backendName: parts[0]),
                let volume = VolumeID(backendName: parts[1])
            else { return nil }
            self = .snapshot(snapshot, of: volume)
        }
    }
}
