internal import Foundation
internal import Identity
internal import VolumeDriver

/// An image according to `rbd info`.
struct RBDImage: Decodable, Sendable {
    /// The snapshot of which an image is a clone.
    struct Parent: Decodable, Hashable, Sendable {
        let pool: String
        let image: String
        let snapshot: String
    }

    let id: String
    let size: ByteCount
    let parent: Parent?
    /// `nil` before Ceph 14, which does not report it.
    let snapshotCount: Int?

    private enum CodingKeys: String, CodingKey {
        case id, size, parent
        case snapshotCount = "snapshot_count"
    }
}

/// A snapshot according to `rbd snap ls`.
struct RBDSnapshot: Decodable, Sendable {
    let name: String
    let size: ByteCount
    let isProtected: Bool

    private enum CodingKeys: String, CodingKey {
        case name, size
        case isProtected = "protected"
    }

    /// Decodes the protection from a word or, since Ceph 17, a boolean.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        size = try container.decode(ByteCount.self, forKey: .size)
        isProtected = try container.decodeFlag(.isProtected)
    }

    /// An unprotected snapshot is unfinished, or its removal has begun.
    var presence: VolumePresence { isProtected ? .complete(size) : .partial }
}

/// A line of `rbd ls -l`: an image or one of its snapshots.
struct RBDListing: Decodable, Sendable {
    let image: String
    let snapshot: String?
    let size: ByteCount
    let parent: RBDImage.Parent?
    let isProtected: Bool

    private enum CodingKeys: String, CodingKey {
        case image, snapshot, size, parent
        case isProtected = "protected"
    }

    /// Decodes the protection from a word or, since Ceph 17, a boolean.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        image = try container.decode(String.self, forKey: .image)
        snapshot = try container.decodeIfPresent(String.self, forKey: .snapshot)
        size = try container.decode(ByteCount.self, forKey: .size)
        parent = try container.decodeIfPresent(RBDImage.Parent.self, forKey: .parent)
        isProtected = try container.decodeFlag(.isProtected)
    }
}

extension KeyedDecodingContainer {
    fileprivate func decodeFlag(_ key: Key) throws -> Bool {
        if let flag = try? decodeIfPresent(Bool.self, forKey: key) { return flag }
        return try decodeIfPresent(String.self, forKey: key) == "true"
    }
}

/// The temporary snapshots of this driver. They are not listed, and are removed when the call that needs them is
/// complete.
enum Scaffold {
    /// A snapshot of a volume that is being cloned as `volume`, which is a clone of it until it has been flattened.
    static func clone(as volume: VolumeID) -> String { "clone-\(volume)" }
    /// A snapshot of a volume from whose snapshot `volume` is being created, until `volume` has its size.
    static func growth(of volume: VolumeID) -> String { "grow-\(volume)" }

    /// Whether a snapshot's name is that of a temporary snapshot.
    static func isScaffold(_ snapshot: String) -> Bool {
        ["clone-", "grow-"]
            .contains { prefix in
                snapshot.hasPrefix(prefix) && VolumeID(String(snapshot.dropFirst(prefix.count))) != nil
            }
    }
}
