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

/// A database and two pools, and the processes that use them.
final class ServiceWorld {
    static let projects = ["blue", "red"]
    static let pools = ["first", "second"]

    private let directory: String
    private let database: SQLiteDatabase
    private let graveyard = Graveyard()
    private let defect: ProcessDatabase.Defect?
    private var processes: Int64 = 0

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
        let life = ProcessLife(processes, fate, graveyard) { sink.yield(.stopped) }
        let pools = Self.pools.map { name in
            Pool(name: name, driver: driver(of: name) { _, _ throws(DriverError) in try life.callDriver() })
        }
        let connection = ProcessDatabase(
            base: database,
            life: life,
            liveness: SimulatedLiveness(
                own: Owner(label: "process \(processes)", number: processes),
                graveyard: graveyard
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
            devices: PretendDevices(in: directory + "/devices"),
            hook: hook
        )
    }

    /// Checks what has to hold at any time.
    func check() async throws {
        let service = try process().service
        for project in Self.projects {
            let quota = try await service.scoped(to: Scope(project: project)).quota()
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
    /// - Returns: the volumes by their names.
    func settle() async throws -> [String: ModelVolume] {
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
        var found: [String: ModelVolume] = [:]
        var held: [String: Set<BackendVolume>] = [:]
        var snapshots: Set<BackendSnapshot> = []
        var devices = 0
        for project in Self.projects {
            let service = service.scoped(to: Scope(project: project))
            try await checkEnd(of: project, service)
            for volume in try await service.volumes().complete() {
                let name = volume.name?.description ?? volume.id.description
                guard [.available, .inUse].contains(volume.status) else {
                    throw BrokenPromise("\(name) is \(volume.status)")
                }
                guard let pool = volume.pool else { throw BrokenPromise("\(name) is in no pool") }
                held[pool, default: []].insert(BackendVolume(id: volume.id, presence: .complete(volume.size)))
                let kept = try await service.snapshotPages(of: volume.id).joined().complete()
                for snapshot in kept {
                    guard snapshot.status == .available else {
                        throw BrokenPromise("\(snapshot.label) is \(snapshot.status)")
                    }
                    snapshots.insert(
                        BackendSnapshot(id: snapshot.id, of: volume.id, presence: .complete(snapshot.size))
                    )
                }
                let attachment = try await service.attachment(of: volume)
                let device = PretendDevices(in: directory + "/devices").device(of: volume.id)
                guard attachment?.access == device.map(VolumeAccess.local), (device != nil) == (volume.status == .inUse)
                else { throw BrokenPromise("\(name) is \(volume.status) with the device \(device?.path ?? "none")") }
                devices += device == nil ? 0 : 1
                found[name] = ModelVolume(
                    project: project,
                    mebibytes: volume.size.bytes >> 20,
                    isInUse: volume.status == .inUse,
                    snapshots: Set(kept.compactMap { $0.name?.description })
                )
            }
        }
        try await checkPools(held, snapshots)
        guard PretendDevices(in: directory + "/devices").count == devices else {
            throw BrokenPromise("there is a device of no volume")
        }
        let capacity = try await service.provisionedCapacity()
        guard capacity.kept == capacity.counted else {
            throw BrokenPromise("\(capacity.kept) are provisioned, and by the volumes \(capacity.counted)")
        }
        return found
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
