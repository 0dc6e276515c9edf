internal import Foundation
internal import Identity
internal import VolumeDriver

/// What `rbd info` tells of an image.
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
    /// `nil` where Ceph does not tell, which it does from 14 on.
    let snapshotCount: Int?

    private enum CodingKeys: String, CodingKey {
        case id, size, parent
        case snapshotCount = "snapshot_count"
    }
}

/// What `rbd snap ls` tells of a snapshot.
struct RBDSnapshot: Decodable, Sendable {
    let name: String
    let size: ByteCount
    let isProtected: Bool

    private enum CodingKeys: String, CodingKey {
        case name, size
        case isProtected = "protected"
    }

    /// Reads it; whether it is protected is a word, of Ceph 17 and later a boolean.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        size = try container.decode(ByteCount.self, forKey: .size)
        isProtected = try container.decodeFlag(.isProtected)
    }

    /// Unless it is protected it is not finished, or its removal has begun.
    var presence: VolumePresence { isProtected ? .complete(size) : .partial }
}

/// A line of `rbd ls -l`: an image, or a snapshot of one.
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

    /// Reads it; whether it is protected is a word, of Ceph 17 and later a boolean.
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

/// The snapshots that this driver makes for its own use. They are in no list, and gone when what they are for is done.
enum Scaffold {
    /// Of a volume that is being cloned as `volume`, which is its clone until it has been flattened.
    static func clone(as volume: VolumeID) -> String { "clone-\(volume)" }
    /// Of a volume of whose snapshot `volume` is being made, until that has its size.
    static func growth(of volume: VolumeID) -> String { "grow-\(volume)" }

    /// Whether a snapshot's name is one of these.
    static func isScaffold(_ snapshot: String) -> Bool {
        ["clone-", "grow-"]
            .contains { prefix in
                snapshot.hasPrefix(prefix) && VolumeID(String(snapshot.dropFirst(prefix.count))) != nil
            }
    }
}
