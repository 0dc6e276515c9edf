import Identity
import VolumeDriver

/// A logical volume as `lvs` reports it.
struct LogicalVolume: Sendable, Hashable {
    let name: String
    /// The apparent size; that of its store for a classic snapshot.
    let size: ByteCount
    let attributes: Attributes
    let tags: Set<String>
    /// Its thin pool.
    let pool: String?
    /// The volume of which it is a snapshot.
    let origin: String?
    /// The used part in percent, while it is active and LVM knows it.
    let dataPercent: Double?
    /// The used part of a thin pool's metadata, in percent.
    let metadataPercent: Double?
    /// The size of a thin pool's metadata.
    let metadataSize: ByteCount?
    /// The tags of its group; empty unless they were requested.
    var groupTags: Set<String> = []
}

extension LogicalVolume {
    /// The attributes in `lv_attr`: one letter per property, as in `lvs(8)`.
    struct Attributes: Sendable, Hashable {
        private let letters: [Character]

        /// `nil` for fewer letters than the oldest LVM with tags writes.
        init?(_ text: String) {
            letters = Array(text)
            guard letters.count >= 9 else { return nil }
        }

        /// Whether it has classic snapshots, merging or not.
        var isClassicOrigin: Bool { "oO".contains(letters[0]) }
        /// Whether it is a classic snapshot, with its own store of changes.
        var isClassicSnapshot: Bool { "sS".contains(letters[0]) }
        /// Whether it is a snapshot that is being merged into its origin.
        var isMergingSnapshot: Bool { letters[0] == "S" }
        var isThinVolume: Bool { letters[0] == "V" }
        var isThinPool: Bool { letters[0] == "t" }
        /// Whether it is an ordinary or a mirrored volume.
        var isPlain: Bool { "-oOmMrR".contains(letters[0]) }
        /// Whether LVM's metadata permit only reading.
        var isReadOnly: Bool { letters[1] == "r" }
        var isActive: Bool { letters[4] != "-" }
        /// Whether it is a snapshot whose store overflowed, so that its content is lost.
        var isInvalidSnapshot: Bool { "IS".contains(letters[4]) }
        var isOpen: Bool { letters[5] == "o" }
        /// Whether a thin pool zeroes new blocks.
        var zeroesNewBlocks: Bool { letters[7] == "z" }
        /// `-` if there is no problem.
        var health: Character { letters[8] }
        /// Whether ordinary activation, as at the start of the system, skips it.
        var skipsActivation: Bool { letters.count > 9 && letters[9] == "k" }
    }
}

extension LogicalVolume {
    /// Whether it is incomplete.
    var isPartial: Bool { tags.contains(Tag.partial) }

    /// Whether it is attached to this host.
    var isAttached: Bool { attributes.isActive && !isPartial && !tags.contains(Tag.resting) }

    /// The size before an extend that is not complete, so that the added part may not read as zeros yet.
    var sizeBeforeExtension: ByteCount? { tag(Tag.extendingPrefix).flatMap(ByteCount.init(decimal:)) }

    /// The volume's size when this snapshot was created.
    var snapshottedSize: ByteCount? { tag(Tag.sizePrefix).flatMap(ByteCount.init(decimal:)) }

    /// Its state for its users.
    var presence: VolumePresence {
        let isUsable = !isPartial && !attributes.isInvalidSnapshot && !attributes.isMergingSnapshot
        return isUsable ? .complete(snapshottedSize ?? sizeBeforeExtension ?? size) : .partial
    }

    /// The volume to which it belongs.
    var owner: VolumeID? { tag(Tag.volumePrefix).flatMap { VolumeID(String($0)) } }

    func tag(_ prefix: String) -> Substring? {
        tags.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
    }
}

/// This driver's tags in LVM's metadata. A logical volume without a volume's tag is foreign, whatever its name.
enum Tag {
    /// The prefix of a group's mark.
    static let poolPrefix = "volumectl.pool="
    static let volumePrefix = "volumectl.volume="
    static let snapshotPrefix = "volumectl.snapshot="
    static let operationPrefix = "volumectl.operation="
    static let sizePrefix = "volumectl.size="
    static let extendingPrefix = "volumectl.extending="
    static let revertingPrefix = "volumectl.reverting="
    /// The object is unusable, because its creation or removal was cut short.
    static let partial = "volumectl.partial"
    /// The volume is active for a call or an export, and not attached.
    static let resting = "volumectl.resting"

    static func pool(_ id: PoolID) -> String { poolPrefix + id.description }
    static func volume(_ id: VolumeID) -> String { volumePrefix + id.description }
    static func snapshot(_ id: SnapshotID) -> String { snapshotPrefix + id.description }
    static func operation(_ id: OperationID) -> String { operationPrefix + id.description }
    static func size(_ size: ByteCount) -> String { "\(sizePrefix)\(size.bytes)" }
    static func extending(from size: ByteCount) -> String { "\(extendingPrefix)\(size.bytes)" }
    static func reverting(to id: SnapshotID) -> String { revertingPrefix + id.description }
}

extension SnapshotID {
    /// The snapshot's name in LVM, which reserves names that begin with `snapshot`.
    var logicalVolumeName: String { "_" + backendName }

    /// `nil` unless `name` is exactly the ``logicalVolumeName`` of an id.
    init?(logicalVolumeName name: String) {
        guard name.hasPrefix("_") else { return nil }
        self.init(backendName: name.dropFirst())
    }

    /// The name of the logical volume that keeps a thin snapshot's content while the snapshot is merged into its
    /// volume.
    var keptName: String { "_kept-" + description }
}

extension VolumeID {
    /// The name of the snapshot from which a clone is copied (`cinder: clone-snap-<id>`).
    var cloneSnapshotName: String { "clone-snap-" + description }
}

extension ByteCount {
    init?(decimal text: some StringProtocol) {
        guard let bytes = Int64(text) else { return nil }
        self.init(bytes: bytes)
    }
}
