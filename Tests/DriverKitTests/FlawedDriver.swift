import Foundation
import Identity
import LoopbackDriver
import Synchronization
import VolumeDriver

/// A driver that keeps the contract except for one flaw. It wraps the loopback driver, attaches files, and only records
/// its exports.
struct FlawedDriver {
    static let kind = "flawed"
    var base: LoopbackDriver
    let flaw: Flaw?
    let memory: FlawMemory
    var withheldFeatures: DriverFeatures = []

    func has(_ flaw: Flaw) -> Bool { self.flaw == flaw }

    func size(of volume: VolumeID) async throws(DriverError) -> ByteCount? {
        guard case .complete(let size) = try await base.inspect(volume) else { return nil }
        return size
    }

    /// Writes to the volume's file without the driver.
    func overwrite(_ volume: VolumeID, at offset: Int64, with bytes: [UInt8]) {
        guard let file = FileHandle(forWritingAtPath: base.location(of: volume)) else { return }
        try? file.seek(toOffset: UInt64(offset))
        try? file.write(contentsOf: bytes)
        try? file.close()
    }
}

/// The state that all instances of a flawed driver share.
final class FlawMemory: Sendable {
    struct Facts {
        var deleted: Set<VolumeID> = []
        var known: [VolumeID: ByteCount] = [:]
        var attached: Set<VolumeID> = []
        var served: Set<VolumeID> = []
        var trash: [UInt8]?
        var calls = 0
        var running = 0
    }
    private let facts = Mutex(Facts())

    func with<Value: Sendable>(_ body: @Sendable (inout Facts) -> Value) -> Value {
        facts.withLock { facts in body(&facts) }
    }

    /// Whether another call is running. This call counts as running for a while.
    func isAnotherRunning() async -> Bool {
        let isSecond = with { facts in
            facts.running += 1
            return facts.running > 1
        }
        try? await Task.sleep(for: .milliseconds(100))
        with { $0.running -= 1 }
        return isSecond
    }
}

extension FlawedDriver: VolumeDriver {
    var capabilities: DriverCapabilities {
        let capabilities = base.capabilities
        return has(.granuleIsZero) ? DriverCapabilities(isThin: true, granule: .zero) : capabilities
    }

    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        var size = size
        let old = try await self.size(of: volume)
        switch flaw {
        case .createTwiceFails where old != nil: throw DriverError(.refused, "there is such a volume")
        case .createRoundsUp: size = size.adding(.mebibyte) ?? size
        case .createIgnoresOtherSize where old != nil: return
        case .createTakesAnySize:
            size = max(size, .mebibyte).roundedUp(to: base.capabilities.granule) ?? size
        case .createLeavesWhatDoesNotFit where size.bytes >= 1 << 60:
            try await base.create(volume, size: .mebibyte, operation: operation)
            throw DriverError(.retryableElsewhere, "no room")
        case .createIsAlone where await memory.isAnotherRunning(): throw DriverError(.broken, "not now")
        case .createdAtOnceGetLost where await memory.isAnotherRunning(): return
        case .createMisreportsCancellation:
            try? await Task.sleep(for: .milliseconds(1))
            if Task.isCancelled { throw DriverError(.broken, "something has happened") }
        default: break
        }
        try await base.create(volume, size: size, operation: operation)
        let created = size
        memory.with { $0.known[volume] = created }
        guard old == nil else { return }
        if has(.newIsGarbage) { overwrite(volume, at: 100, with: [1, 2, 3]) }
        if has(.deleteLeavesData), let trash = memory.with({ $0.trash }) { overwrite(volume, at: 0, with: trash) }
    }

    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let isThere = try await size(of: volume) != nil
        if !has(.deleteTakesServed) { try refuseIfServed(volume) }
        let wasDeleted = memory.with { $0.deleted.contains(volume) }
        switch flaw {
        case .deleteDoesNothing: return
        case .deleteIsLate:
            Task { [base] in
                try? await Task.sleep(for: .milliseconds(200))
                try? await base.delete(volume, operation: operation)
            }
            return
        case .deleteTwiceFails where !isThere && wasDeleted: throw DriverError(.notFound, "no such volume")
        case .deleteAbsentFails where !isThere: throw DriverError(.notFound, "no such volume")
        case .deleteTakesAnother:
            for other in try await base.list() { try await base.delete(other.id, operation: operation) }
        case .deleteAlwaysBusy where await memory.isAnotherRunning(): throw DriverError(.broken, "not now")
        case .snapshotsGoWithVolume:
            for snapshot in try await base.listSnapshots() where snapshot.volume == volume {
                try await base.deleteSnapshot(snapshot.id, of: volume, operation: operation)
            }
        case .deleteLeavesData where isThere:
            let trash = FileHandle(forReadingAtPath: base.location(of: volume))?.readData(ofLength: 4096)
            memory.with { $0.trash = trash.map { [UInt8]($0) } }
        default: break
        }
        try await base.delete(volume, operation: operation)
        memory.with {
            $0.deleted.insert(volume)
            $0.known[volume] = nil
        }
    }

    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        let presence = try await base.inspect(volume)
        if has(.lookingMakes), presence == .absent {
            try await base.create(volume, size: .mebibyte, operation: .random())
        }
        if has(.remembersVanished), let size = memory.with({ $0.known[volume] }) { return .complete(size) }
        return presence
    }

    func list() async throws(DriverError) -> [BackendVolume] {
        let list = try await base.list()
        if has(.listForgets) { return Array(list.sorted { $0.id.description < $1.id.description }.dropFirst()) }
        guard has(.listsForeign) else { return list }
        let directory = URL(filePath: base.location(of: .random())).deletingLastPathComponent().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let ids = names.compactMap { VolumeID(backendName: $0.lowercased()) }
        return Set(ids).map { BackendVolume(id: $0, presence: .complete(.mebibyte)) }
    }

    func capacity() async throws(DriverError) -> PoolCapacity {
        let capacity = try await base.detailedCapacity()
        guard has(.claimsMoreThanThereIs) else { return capacity }
        return PoolCapacity(total: capacity.total, free: capacity.total.adding(.mebibyte) ?? capacity.total)
    }

    func location(of volume: VolumeID) -> String { has(.onePlaceForAll) ? "/somewhere" : base.location(of: volume) }
}

extension ByteCount {
    static var mebibyte: ByteCount { ByteCount(bytes: 1 << 20) ?? .zero }
}
