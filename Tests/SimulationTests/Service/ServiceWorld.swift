import DriverKit
import Foundation
import Identity
import LoopbackDriver
import SQL
import SQLite
import TaskFlow
import TestKit
import VolumeAPI
import VolumeDriver
import Volumes

/// The name of an object and the pool that holds it.
struct PoolObjectName: Sendable, Hashable {
    let name: String
    let pool: String
}

/// A database and two pools, and the processes that use them.
final class ServiceWorld {
    static let projects = ["blue", "red"]
    static let pools = ["first", "second"]
    static let types = ["any", "fast"]

    private let directory: String
    private let database: SQLiteDatabase
    private let leases = SimulatedLeases()
    private let defect: ProcessDatabase.Defect?
    private var processes: Int64 = 0
    /// The names of all volumes that there have been, with their ids.
    private var names: [String: VolumeID] = [:]

    init(in directory: String, _ defect: ProcessDatabase.Defect?) throws {
        (self.directory, self.defect) = (directory, defect)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: directory + "/volumes.db")
    }

    func close() async { await database.close() }

    /// Starts a process.
    func process(_ fate: ProcessLife.Fate? = nil) throws -> SimulatedProcess {
        processes += 1
        let (events, sink) = AsyncStream<SimulatedProcess.Event>.makeStream()
        let life = ProcessLife(processes, fate, leases) { sink.yield(.stopped) }
        let pools = Self.pools.map { name in
            let driver = driver(of: name) { call, moment throws(DriverError) in
                try life.callDriver(call, moment)
            }
            return Pool(
                name: name,
                driver: FaultDriver(driver) { [defect] call in
                    call == .revert && defect == .keepsContent ? .doneWithoutEffect : nil
                },
                extraCapabilities: ["media": name == "second" ? "ssd" : "hdd"]
            )
        }
        let connection = ProcessDatabase(
            base: database,
            life: life,
            liveness: SimulatedLiveness(
                own: Owner(label: "process \(processes)", number: processes),
                leases: leases,
                trustsForEver: defect == .trustsLeases
            ),
            defect: defect
        )
        let limits = QuotaLimits(volumes: 5, snapshots: 4)
        let service = try VolumeService(database: connection, pools: pools, limits: limits)
        return SimulatedProcess(life, service, events, sink)
    }

    private func driver(of pool: String, hook: @escaping HookedDriver.Hook) -> HookedDriver {
        HookedDriver(
            LoopbackDriver(directory: "\(directory)/\(pool)"),
            devices: devices,
            servers: servers,
            hook: hook
        )
    }

    private var devices: PretendDevices { PretendDevices(in: directory + "/devices") }

    private var servers: PretendDevices { PretendDevices(in: directory + "/servers") }

    private func path(_ object: String, in pool: String) -> String { "\(directory)/\(pool)/\(object)" }

    /// Creates the volume types, of which the second is for the second pool alone.
    func makeTypes() async throws {
        let service = try process().service
        try await service.createType(Self.types[0], VolumeTypeChange())
        try await service.createType(Self.types[1], VolumeTypeChange(extraSpecs: ["media": "ssd"]))
    }

    /// Writes a number to the beginning of a volume.
    ///
    /// - Returns: `false` if there is no such volume that its user may write to.
    func write(_ content: Int64, to name: String) async throws -> Bool {
        let service = try process().service
        for project in Self.projects {
            guard let volume = try? await service.scoped(to: Scope(project: project)).find(name) else { continue }
            guard let pool = volume.pool, [.available, .inUse].contains(volume.status) else { return false }
            let file = try FileHandle(forUpdating: URL(filePath: path(volume.id.backendName, in: pool)))
            try withUnsafeBytes(of: content.littleEndian) { try file.write(contentsOf: Data($0)) }
            try file.close()
            return true
        }
        return false
    }

    /// The number at the beginning of an object.
    private func content(of object: String, in pool: String) throws -> Int64 {
        let file = try FileHandle(forReadingFrom: URL(filePath: path(object, in: pool)))
        defer { try? file.close() }
        let bytes = try file.read(upToCount: 8) ?? Data()
        return bytes.reversed().reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The objects of volumes that have no record, by the volumes' names.
    func objects() async throws -> [String: PoolObjectName] {
        let service = try process().service
        var objects: [String: PoolObjectName] = [:]
        for pool in Self.pools {
            for object in try await service.poolObjects(pool) where object.state == .unknown {
                let name = names.first { [$0.value.backendName, otherName($0.key)].contains(object.name) }?.key
                if let name { objects[name] = PoolObjectName(name: object.name, pool: pool) }
            }
        }
        return objects
    }

    private func otherName(_ name: String) -> String { "renamed-\(name)" }

    /// Gives an object a name that is none of a volume.
    ///
    /// - Returns: `false` if it has one.
    func rename(_ object: PoolObjectName?, of name: String) throws -> Bool {
        guard let object, object.name != otherName(name) else { return false }
        let other = path(otherName(name), in: object.pool)
        try FileManager.default.moveItem(atPath: path(object.name, in: object.pool), toPath: other)
        return true
    }

    /// Checks what has to hold at any time.
    func check() async throws {
        if let violation = leases.violation { throw BrokenPromise(violation) }
        let service = try process().service
        for project in Self.projects {
            let service = service.scoped(to: Scope(project: project))
            for volume in try await service.volumes().readable { names[volume.label] = volume.id }
            let quota = try await service.quota()
            guard quota.differences.isEmpty else {
                throw BrokenPromise("\(project) uses \(quota.usage), and by its rows \(quota.counted)")
            }
            guard quota.staleReservations.isEmpty else {
                throw BrokenPromise("\(project) has reservations of flows that have ended")
            }
        }
    }

    /// Recovers everything without faults, and checks that records, pools and devices agree.
    ///
    /// - Returns: the volumes and the objects of forgotten volumes, by their names.
    func settle() async throws -> [String: ModelState] {
        let service = try process().service
        try await service.recover()
        for project in Self.projects {
            let scoped = service.scoped(to: Scope(project: project))
            for flow in try await scoped.flows(limit: .max) where flow.state == .failure && flow.resolution == nil {
                try await scoped.retry(flow.id)
            }
        }
        guard try await service.recover().isEmpty else { throw BrokenPromise("a second recovery finds something") }
        try await check()
        var found: [String: ModelState] = [:]
        var held: [String: Set<BackendVolume>] = [:]
        var snapshots: Set<BackendSnapshot> = []
        for project in Self.projects {
            let service = service.scoped(to: Scope(project: project))
            try await checkEnd(of: project, service)
            for volume in try await service.volumes().complete() {
                let name = volume.label
                guard [.available, .inUse].contains(volume.status) else {
                    throw BrokenPromise("\(name) is \(volume.status)")
                }
                guard let pool = volume.pool else { throw BrokenPromise("\(name) is in no pool") }
                held[pool, default: []].insert(BackendVolume(id: volume.id, presence: .complete(volume.size)))
                var contents: [String: Int64] = [:]
                for snapshot in try await service.snapshotPages(of: volume.id).joined().complete() {
                    guard snapshot.status == .available else {
                        throw BrokenPromise("\(snapshot.label) is \(snapshot.status)")
                    }
                    snapshots.insert(
                        BackendSnapshot(id: snapshot.id, of: volume.id, presence: .complete(snapshot.size))
                    )
                    let label = snapshot.name?.description ?? snapshot.label
                    contents[label] = try content(
                        of: "\(snapshot.id.backendName).\(volume.id.backendName)",
                        in: pool
                    )
                }
                found[name] = ModelState(
                    volume: ModelVolume(
                        project: project,
                        mebibytes: volume.size.bytes >> 20,
                        use: try await use(of: volume, service),
                        type: volume.type,
                        content: try content(of: volume.id.backendName, in: pool),
                        snapshots: contents
                    )
                )
            }
        }
        for (name, object) in try await objects() {
            guard let id = names[name], found[name] == nil else { throw BrokenPromise("\(name) is there twice") }
            let file = try FileHandle(forReadingFrom: URL(filePath: path(object.name, in: object.pool)))
            let bytes = Int64(try file.seekToEnd())
            try file.close()
            if let size = ByteCount(bytes: bytes), object.name == id.backendName {
                held[object.pool, default: []].insert(BackendVolume(id: id, presence: .complete(size)))
            }
            let content = try content(of: object.name, in: object.pool)
            found[name] = ModelState(object: ModelObject(mebibytes: bytes >> 20, content: content))
        }
        try await checkPools(held, snapshots)
        let uses = found.values.compactMap { $0.volume?.use }
        guard devices.count == uses.count(where: { $0 == .attached }),
            servers.count == uses.count(where: { $0 == .exported })
        else { throw BrokenPromise("there is a device or a server of no volume") }
        let capacity = try await service.provisionedCapacity()
        guard capacity.kept == capacity.counted else {
            throw BrokenPromise("\(capacity.kept) are provisioned, and by the volumes \(capacity.counted)")
        }
        return found
    }

    /// How the volume is used, by its record and in fact.
    private func use(of volume: Volume, _ service: VolumeService) async throws -> Attachment.Kind? {
        let attachment = try await service.attachment(of: volume)
        let (device, server) = (devices.device(of: volume.id), servers.device(of: volume.id))
        let access =
            switch attachment?.kind {
            case .attached: device.map(\.path)
            case .exported: server.map(\.uri)
            default: nil as String?
            }
        guard attachment?.access?.address == access, (device != nil || server != nil) == (attachment != nil),
            (attachment != nil) == (volume.status == .inUse)
        else {
            throw BrokenPromise(
                "\(volume.label) is \(volume.status), with the device \(device?.path ?? "none") and the server "
                    + (server?.uri ?? "none")
            )
        }
        return attachment?.kind
    }

    private func checkEnd(of project: String, _ service: VolumeService) async throws {
        let quota = try await service.quota()
        guard quota.usage.reserved == QuotaAmount(), quota.reservations.isEmpty else {
            throw BrokenPromise("\(project) has reservations left: \(quota.usage.reserved)")
        }
        for flow in try await service.flows(limit: .max) {
            guard [.success, .reverted].contains(flow.state) || flow.resolution != nil else {
                throw BrokenPromise("flow \(flow.name) of \(flow.subject) is \(flow.state)")
            }
        }
    }

    private func checkPools(_ held: [String: Set<BackendVolume>], _ snapshots: Set<BackendSnapshot>) async throws {
        var kept: Set<BackendSnapshot> = []
        for pool in Self.pools {
            let driver = driver(of: pool) { _, _ throws(DriverError) in }
            let objects = Set(try await driver.list())
            guard objects == held[pool] ?? [] else {
                throw BrokenPromise("pool \(pool) has \(objects), and by the rows \(held[pool] ?? [])")
            }
            kept.formUnion(try await driver.listSnapshots())
        }
        guard kept == snapshots else { throw BrokenPromise("the pools have \(kept), and by the rows \(snapshots)") }
    }
}
