import Identity
import LoopbackDriver
import SQL
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// A service on a real database and a real pool in the scratch directory, whose driver fails on demand.
final class Scene: Sendable {
    let service: VolumeService
    let database: any SQLDatabase
    let backend: LoopbackDriver
    private let faults: Faults

    /// The failures that a test demands of the driver.
    private final class Faults: Sendable {
        let orders = Mutex<[(call: HookedDriver.Call, moment: HookedDriver.Moment, error: DriverError)]>([])
    }

    init(
        limits: QuotaLimits = QuotaLimits(),
        reservedPercentage: Int = 0,
        withholding withheld: DriverFeatures = []
    ) throws {
        let (backend, faults) = (LoopbackDriver(directory: ScratchDirectory.path + "/pool"), Faults())
        let driver = HookedDriver(backend, withholding: withheld) { call, moment throws(DriverError) in
            let order = faults.orders.withLock { orders in
                orders.firstIndex { $0.call == call && $0.moment == moment }.map { orders.remove(at: $0).error }
            }
            if let order { throw order }
        }
        database = try TestDatabase.open()
        service = try VolumeService(
            database: database,
            pools: [Pool(name: "default", driver: driver, reservedPercentage: reservedPercentage)],
            limits: limits,
            scope: Scope(user: "operator")
        )
        (self.backend, self.faults) = (backend, faults)
    }

    /// Lets the driver's next such call fail at that moment; called twice, the next two.
    func fail(
        _ call: HookedDriver.Call,
        _ moment: HookedDriver.Moment,
        with code: DriverError.Code = .retryableElsewhere,
        leftBehind: String? = nil
    ) {
        let error = DriverError(code, "told to fail", cause: "a test wants it", leftBehind: leftBehind)
        faults.orders.withLock { $0.append((call, moment, error)) }
    }

    @discardableResult
    func create(_ name: String? = "data", mebibytes: Int64 = 1, type: String? = nil) async throws -> Volume {
        let size = try #require(ByteCount(bytes: mebibytes << 20))
        var request = VolumeRequest(name: try name.map(VolumeName.init(validating:)), size: .exactly(size))
        request.type = type
        return try await service.create(request).volume
    }

    /// Makes a snapshot of the volume.
    @discardableResult
    func snapshot(_ name: String?, of volume: String = "data") async throws -> Snapshot {
        let name = try name.map { try VolumeName(validating: $0, as: "snapshot") }
        return try await service.createSnapshot(SnapshotRequest(of: volume, name: name)).snapshot
    }

    /// Expects that there is no trace of any volume.
    func expectNothing(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await service.volumes().isEmpty, sourceLocation: sourceLocation)
        #expect(try await backend.list().isEmpty, sourceLocation: sourceLocation)
        try await expectUsage(volumes: 0, mebibytes: 0, sourceLocation: sourceLocation)
    }

    /// Expects this usage, no reservations, and that the usage agrees with the volumes and snapshots.
    func expectUsage(
        volumes: Int,
        mebibytes: Int64,
        snapshots: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let quota = try await service.quota()
        let size = try #require(ByteCount(bytes: mebibytes << 20))
        #expect(
            quota.usage.inUse == QuotaAmount(volumes: volumes, size: size, snapshots: snapshots),
            sourceLocation: sourceLocation
        )
        #expect(quota.usage.reserved == QuotaAmount(), sourceLocation: sourceLocation)
        #expect(quota.usage == quota.counted, sourceLocation: sourceLocation)
    }

    /// The final states of the last flow's steps, oldest first: `finish SUCCESS`.
    func lastFlow() async throws -> [String] {
        let flow = try #require(try await service.flows(limit: 1).first)
        return try await service.flow("\(flow.id)").journal.map { "\($0.atom) \($0.state.rawValue)" }
    }
}
