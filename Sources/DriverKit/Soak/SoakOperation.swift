internal import Identity
internal import VolumeDriver

/// Something that a soak does to a pool, as it stands in its journal.
enum SoakOperation: Hashable {
    case create(VolumeID, Int64)
    case delete(VolumeID)
    case extend(VolumeID, Int64)
    case snapshot(SnapshotID, VolumeID)
    case unsnapshot(SnapshotID, VolumeID)
    case restore(VolumeID, Int64, SnapshotID, VolumeID)
    case clone(VolumeID, Int64, VolumeID)

    /// One line of a journal.
    var text: String {
        switch self {
        case .create(let volume, let size): "create \(volume) \(size)"
        case .delete(let volume): "delete \(volume)"
        case .extend(let volume, let size): "extend \(volume) \(size)"
        case .snapshot(let snapshot, let volume): "snapshot \(snapshot) \(volume)"
        case .unsnapshot(let snapshot, let volume): "unsnapshot \(snapshot) \(volume)"
        case .restore(let volume, let size, let snapshot, let source): "restore \(volume) \(size) \(snapshot) \(source)"
        case .clone(let volume, let size, let source): "clone \(volume) \(size) \(source)"
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
        default: return nil
        }
    }

    /// What undoes the making of something; `nil` for what makes nothing.
    var undoing: SoakOperation? {
        switch self {
        case .create(let volume, _), .restore(let volume, _, _, _), .clone(let volume, _, _): .delete(volume)
        case .snapshot(let snapshot, let volume): .unsnapshot(snapshot, volume)
        case .delete, .extend, .unsnapshot: nil
        }
    }

    /// Does it.
    func perform(on driver: any VolumeDriver) async throws(DriverError) {
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
        }
    }
}

/// What a pool has to hold after the operations of a journal.
struct SoakState {
    private(set) var volumes: [VolumeID: Int64] = [:]
    private(set) var snapshots: [SnapshotID: (volume: VolumeID, size: Int64)] = [:]

    mutating func apply(_ operation: SoakOperation) {
        switch operation {
        case .create(let volume, let size), .extend(let volume, let size), .restore(let volume, let size, _, _),
            .clone(let volume, let size, _):
            volumes[volume] = size
        case .delete(let volume): volumes[volume] = nil
        case .snapshot(let snapshot, let volume): snapshots[snapshot] = (volume, volumes[volume] ?? 0)
        case .unsnapshot(let snapshot, _): snapshots[snapshot] = nil
        }
    }

    func hasSnapshots(_ volume: VolumeID) -> Bool { snapshots.values.contains { $0.volume == volume } }
}
