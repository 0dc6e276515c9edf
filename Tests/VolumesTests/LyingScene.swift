import DriverKit
import Identity
import LoopbackDriver
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// The faults of a driver's next calls, and the expected outcome of a request.
struct LyingCase<Status: Sendable>: Sendable, CustomTestStringConvertible {
    /// The fault of the request's own call; `nil` for none.
    let fault: Fault?
    /// The fault of the call that undoes it.
    var undoing: Fault?
    /// The number of inspections that fail.
    var blindLooks = 0
    /// The code of the request's error; `nil` for a success.
    let code: VolumeError.Code?
    /// The object's status afterwards; `nil` when it is gone.
    var status: Status?
    /// The object's status after a retry of the flow, where one is needed; `nil` when it is gone.
    var afterRetry: Status?

    var testDescription: String {
        "\(fault.map { "\($0)" } ?? "done"), \(undoing.map { "\($0)" } ?? "done"), \(blindLooks) blind"
    }
}

/// A service on a real pool whose driver reports false results on demand.
struct LyingScene {
    /// The faults of the next calls, in order.
    final class Faults: Sendable {
        private let orders = Mutex<[DriverCall: [Fault?]]>([:])

        func order(_ fault: Fault?, for call: DriverCall) { orders.withLock { $0[call, default: []].append(fault) } }

        func next(_ call: DriverCall) -> Fault? {
            orders.withLock { orders in
                guard orders[call]?.isEmpty == false else { return nil }
                return orders[call]?.removeFirst() ?? nil
            }
        }
    }

    let service: VolumeService
    let backend = LoopbackDriver(directory: ScratchDirectory.path + "/pool")
    let faults = Faults()

    init() throws {
        service = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "default", driver: FaultDriver(backend) { [faults] in faults.next($0) })]
        )
    }

    @discardableResult
    func create() async throws -> Volume {
        let size = try #require(ByteCount(bytes: 1 << 20))
        let name = try VolumeName(validating: "data")
        return try await service.create(VolumeRequest(name: name, size: .exactly(size))).volume
    }

    /// Expects that the records, the quota, the pool and the error agree.
    func expectHonesty(_ error: VolumeError?, _ example: LyingCase<VolumeStatus>) async throws {
        let held = try await backend.list()
        let volumes = try await service.volumes()
        #expect(volumes.map(\.status) == (example.status.map { [$0] } ?? []))
        let quota = try await service.quota()
        #expect(quota.usage == quota.counted)
        #expect(quota.usage.inUse.volumes + quota.usage.reserved.volumes == volumes.count)
        switch example.status {
        case nil: #expect(held.isEmpty)
        case .available: #expect(held.map(\.presence) == volumes.map { .complete($0.size) })
        default:
            let aftermath = try #require(error?.aftermath)
            if aftermath.hasPrefix("LEFT BEHIND: ") { #expect(held.count == 1) }
            if aftermath.hasPrefix("its data is gone") { #expect(held.isEmpty) }
            #expect((example.blindLooks > 1 || held.isEmpty) != aftermath.hasPrefix("LEFT BEHIND: "))
        }
    }

    /// Expects that the volume has this size, on the backend and in all records.
    func expectAvailable(_ volume: Volume, _ size: ByteCount) async throws {
        #expect(volume.status == .available && volume.size == size && volume.lastError == nil)
        #expect(try await backend.list() == [BackendVolume(id: volume.id, presence: .complete(size))])
        let quota = try await service.quota()
        #expect(quota.usage == quota.counted)
        #expect(quota.usage.inUse == QuotaAmount(volumes: 1, size: size) && quota.usage.reserved == QuotaAmount())
        let capacity = try await service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted)
    }

    func expectNothing() async throws {
        #expect(try await service.volumes().isEmpty)
        #expect(try await backend.list().isEmpty)
        let quota = try await service.quota()
        #expect(quota.usage.inUse == QuotaAmount() && quota.usage.reserved == QuotaAmount())
        #expect(quota.usage == quota.counted)
    }
}
