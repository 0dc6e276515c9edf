internal import Identity
package import VolumeDriver

/// A reference to a snapshot: `pg-data@daily`, `daily` if no other snapshot of the project has that name, or an id.
///
/// Names are unique in their volume, as in ZFS and Incus, so that every volume may have a snapshot `daily`. No volume's
/// name contains an `@`.
public struct SnapshotReference: Sendable, Hashable {
    /// The volume's name or id, if it is given.
    public let volume: String?
    /// The snapshot's own name or id.
    public let snapshot: String

    /// Reads `snapshot` or `volume@snapshot`.
    public init(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        (volume, snapshot) = parts.count == 2 ? (parts[0], parts[1]) : (nil, text)
    }

    /// The shortest reference that names this snapshot alone.
    package static func label(_ id: SnapshotID, named name: VolumeName?, of volume: String) -> String {
        name.map { "\(volume)@\($0)" } ?? id.description
    }
}
