import Identity
import VolumeDriver

/// A logical volume as `lvs` reports it.
struct LogicalVolume: Sendable, Hashable {
    let name: String
    /// Of the volume as it appears; of a classic snapshot the space for what has changed.
    let size: ByteCount
    let attributes: Attributes
    let tags: Set<String>
    /// The thin pool that it takes its space from.
    let pool: String?
    /// The volume of which it is a snapshot.
    let origin: String?
    /// How much of it is taken, while it is active and LVM can tell.
    let dataPercent: Double?
    /// How much of a thin pool's metadata is taken.
    let metadataPercent: Double?
    /// The size of a thin pool's metadata.
    let metadataSize: ByteCount?
    /// The tags of its group; none unless they were asked for.
    var groupTags: Set<String> = []
}

extension LogicalVolume {
    /// What `lv_attr` says: a letter a property, as `lvs(8)` lists them.
    struct Attributes: Sendable, Hashable {
        private let letters: [Character]

        /// `nil` when there are fewer letters than the oldest LVM with tags writes.
        init?(_ text: String) {
            letters = Array(text)
            guard letters.count >= 9 else { return nil }
        }

        /// Whether classic snapshots depend on it, merging or not.
        var isClassicOrigin: Bool { "oO".contains(letters[0]) }
        /// Whether it is a snapshot with space of its own for what has changed.
        var isClassicSnapshot: Bool { "sS".contains(letters[0]) }
        /// Whether it is a snapshot that is being merged into its origin.
        var isMergingSnapshot: Bool { letters[0] == "S" }
        var isThinVolume: Bool { letters[0] == "V" }
        var isThinPool: Bool { letters[0] == "t" }
        /// Whether it is an ordinary volume, or a mirrored one.
        var isPlain: Bool { "-oOmMrR".contains(letters[0]) }
        var isActive: Bool { letters[4] != "-" }
        /// Whether it is a snapshot whose space was not enough, so that it holds nothing any more.
        var isInvalidSnapshot: Bool { "IS".contains(letters[4]) }
        var isOpen: Bool { letters[5] == "o" }
        /// Whether a thin pool hands out zeros instead of what was there.
        var zeroesNewBlocks: Bool { letters[7] == "z" }
        /// `-` when all is well.
        var health: Character { letters[8] }
        /// Whether an ordinary activation, as at a start of the system, passes it over.
        var skipsActivation: Bool { letters.count > 9 && letters[9] == "k" }
    }
}

extension LogicalVolume {
    /// Whether it is not, or not any more, what its name says.
    var isPartial: Bool { tags.contains(Tag.partial) }

    /// Whether it is accessible on this host, and meant to be.
    var isAttached: Bool { attributes.isActive && !isPartial && !tags.contains(Tag.resting) }

    /// The size that it had before it was extended, while what was added may not read as zeros yet.
    var sizeBeforeExtension: ByteCount? { tag(Tag.extendingPrefix).flatMap(ByteCount.init(decimal:)) }

    /// The size of the volume when this snapshot was made of it.
    var snapshottedSize: ByteCount? { tag(Tag.sizePrefix).flatMap(ByteCount.init(decimal:)) }

    /// What a user of it sees.
    var presence: VolumePresence {
        let isUsable = !isPartial && !attributes.isInvalidSnapshot && !attributes.isMergingSnapshot
        return isUsable ? .complete(snapshottedSize ?? sizeBeforeExtension ?? size) : .partial
    }

    /// The volume that it belongs to.
    var owner: VolumeID? { tag(Tag.volumePrefix).flatMap { VolumeID(String($0)) } }

    func tag(_ prefix: String) -> Substring? {
        tags.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
    }
}

/// What this driver writes into LVM's metadata. A logical volume without the first is somebody else's, whatever its name.
enum Tag {
    /// Of the group: the mark of the pool.
    static let poolPrefix = "volumectl.pool="
    static let volumePrefix = "volumectl.volume="
    static let snapshotPrefix = "volumectl.snapshot="
    static let operationPrefix = "volumectl.operation="
    static let sizePrefix = "volumectl.size="
    static let extendingPrefix = "volumectl.extending="
    static let revertingPrefix = "volumectl.reverting="
    /// That it can't be used: its making or its removal was cut short.
    static let partial = "volumectl.partial"
    /// That it is active for the sake of a call or of an export, and not because it is attached.
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
    /// The snapshot's name in LVM, which keeps names that begin with `snapshot` for itself.
    var logicalVolumeName: String { "_" + backendName }

    /// `nil` unless `name` is exactly what ``logicalVolumeName`` gives.
    init?(logicalVolumeName name: String) {
        guard name.hasPrefix("_") else { return nil }
        self.init(backendName: name.dropFirst())
    }

    /// What holds a thin snapshot's content while that itself is merged into its volume.
    var keptName: String { "_kept-" + description }
}

extension VolumeID {
    /// The snapshot that a clone of the name is copied from (`cinder: clone-snap-<id>`).
    var cloneSnapshotName: String { "clone-snap-" + description }
}

extension ByteCount {
    init?(decimal text: some StringProtocol) {
        guard let bytes = Int64(text) else { return nil }
        self.init(bytes: bytes)
    }
}
