internal import Identity
internal import VolumeDriver

/// An operation of a soak worker, as it is written to the journal.
enum SoakOperation: Hashable {
    case create(VolumeID, Int64)
    case delete(VolumeID)
    case extend(VolumeID, Int64)
    case snapshot(SnapshotID, VolumeID)
    case unsnapshot(SnapshotID, VolumeID)
    case restore(VolumeID, Int64, SnapshotID, VolumeID)
    case clone(VolumeID, Int64, VolumeID)
    /// Writes the pattern of a seed at the beginning of a volume.
    case write(VolumeID, UInt8)

    /// The operation as a line of the journal.
    var text: String {
        switch self {
        case .create(let volume, let size): "create \(volume) \(size)"
        case .delete(let volume): "delete \(volume)"
        case .extend(let volume, let size): "extend \(volume) \(size)"
        case .snapshot(let snapshot, let volume): "snapshot \(snapshot) \(volume)"
        case .unsnapshot(let snapshot, let volume): "unsnapshot \(snapshot) \(volume)"
        case .restore(let volume, let size, let snapshot, let source): "restore \(volume) \(size) \(snapshot) \(source)"
        case .clone(let volume, let size, let source): "clone \(volume) \(size) \(source)"
        case .write(let volume, let seed): "write \(volume) \(seed)"
        }
    }

    init?(_ words: some Collection<Substring>) {
        let words = words.map(String.init)
        func volumeID(at index: Int) -> VolumeID? { index < words.count ? VolumeID(words[index]) : nil }
        func snapshotID(at index: Int) -> SnapshotID? { index < words.count ? SnapshotID(words[index]) : nil }
        func number(at index: Int) -> Int64? { index < words.count ? Int64(words[index]) : nil }
        switch words.first {
        case "create":
            guard let volume = volumeID(at: 1), let size = number(at: 2) else { return nil }
            self = .create(volume, size)
        case "delete":
            guard let volume = volumeID(at: 1) else { return nil }
            self = .delete(volume)
        case "extend":
            guard let volume = volumeID(at: 1), let size = number(at: 2) else { return nil }
            self = .extend(volume, size)
        case "snapshot":
            guard let snapshot = snapshotID(at: 1), let volume = volumeID(at: 2) else { return nil }
            self = .snapshot(snapshot, volume)
        case "unsnapshot":
            guard let snapshot = snapshotID(at: 1), let volume = volumeID(at: 2) else { return nil }
            self = .unsnapshot(snapshot, volume)
        case "restore":
            guard let volume = volumeID(at: 1), let size = number(at: 2), let snapshot = snapshotID(at: 3),
                let source = volumeID(at: 4)
            else { return nil }
            self = .restore(volume, size, snapshot, source)
        case "clone":
            guard let volume = volumeID(at: 1), let size = number(at: 2), let source = volumeID(at: 3) else {
                return nil
            }
            self = .clone(volume, size, source)
        case "write":
            guard let volume = volumeID(at: 1), let seed = number(at: 2).flatMap(UInt8.init(exactly:)) else {
                return nil
            }
            self = .write(volume, seed)
        default: return nil
        }
    }

    /// The operation that undoes a creation; `nil` for other operations.
    var undoing: SoakOperation? {
        switch self {
        case .create(let volume, _), .restore(let volume, _, _, _), .clone(let volume, _, _): .delete(volume)
        case .snapshot(let snapshot, let volume): .unsnapshot(snapshot, volume)
        case .delete, .extend, .unsnapshot, .write: nil
        }
    }

    /// Carries out the operation.
    func perform(on driver: any VolumeDriver, _ content: any ContentAccess) async throws {
        func bytes(_ size: Int64) -> ByteCount { ByteCount(bytes: size) ?? .zero }
        let operation = OperationID.random()
        switch self {
        case .create(let volume, let size):
            try await driver.create(volume, size: bytes(size), operation: operation)
        case .delete(let volume): try await driver.delete(volume, operation: operation)
        case .extend(let volume, let size):
            try await driver.extending.extend(volume, to: bytes(size), operation: operation)
        case .snapshot(let snapshot, let volume):
            try await driver.snapshotting.createSnapshot(snapshot, of: volume, operation: operation)
        case .unsnapshot(let snapshot, let volume):
            try await driver.snapshotting.deleteSnapshot(snapshot, of: volume, operation: operation)
        case .restore(let volume, let size, let snapshot, let source):
            try await driver.snapshotting.create(
                volume,
                size: bytes(size),
                from: snapshot,
                of: source,
                operation: operation
            )
        case .clone(let volume, let size, let source):
            try await driver.cloning.clone(source, as: volume, size: bytes(size), operation: operation)
        case .write(let volume, let seed):
            try await content.write(Pattern.bytes(seed, Pattern.usualCount), at: 0, to: volume, of: driver)
            // A killed worker may have left the volume attached.
            if let driver = try? driver.attaching { try await driver.detach(volume, operation: operation) }
        }
    }
}

/// The expected content of a pool after the operations of a journal.
struct SoakState {
    /// A volume or a snapshot.
    struct Object {
        var size: Int64
        /// The seed of the pattern at the beginning; everything else is zeros.
        var seed: UInt8?
    }

    private(set) var volumes: [VolumeID: Object] = [:]
    private(set) var snapshots: [SnapshotID: (volume: VolumeID, object: Object)] = [:]

    mutating func apply(_ operation: SoakOperation) {
        switch operation {
        case .create(let volume, let size): volumes[volume] = Object(size: size)
        case .extend(let volume, let size): volumes[volume]?.size = size
        case .restore(let volume, let size, let snapshot, _):
            volumes[volume] = Object(size: size, seed: snapshots[snapshot]?.object.seed)
        case .clone(let volume, let size, let source):
            volumes[volume] = Object(size: size, seed: volumes[source]?.seed)
        case .delete(let volume): volumes[volume] = nil
        case .snapshot(let snapshot, let volume): snapshots[snapshot] = volumes[volume].map { (volume, $0) }
        case .unsnapshot(let snapshot, _): snapshots[snapshot] = nil
        case .write(let volume, let seed): volumes[volume]?.seed = seed
        }
    }

    func hasSnapshots(_ volume: VolumeID) -> Bool { snapshots.values.contains { $0.volume == volume } }
}
