import Foundation
import Identity
import LoopbackDriver
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// Volumes that go from one pool to another.
@Suite(.scratchDirectory)
struct MigrateTests {
    /// A failure that a test wants of a pool's driver, once.
    private final class Fault: Sendable {
        private struct Order {
            let call: HookedDriver.Call
            let moment: HookedDriver.Moment
            let fails: Bool
            let action: @Sendable () -> Void
        }

        private let order = Mutex<Order?>(nil)

        func set(
            _ call: HookedDriver.Call,
            _ moment: HookedDriver.Moment,
            failing fails: Bool = true,
            doing action: @escaping @Sendable () -> Void = {}
        ) {
            order.withLock { $0 = Order(call: call, moment: moment, fails: fails, action: action) }
        }

        func check(_ call: HookedDriver.Call, _ moment: HookedDriver.Moment) throws(DriverError) {
            let due = order.withLock { order -> Order? in
                guard let due = order, due.call == call, due.moment == moment else { return nil }
                order = nil
                return due
            }
            guard let due else { return }
            due.action()
            if due.fails { throw DriverError(.broken, "told to fail") }
        }
    }

    private let service: VolumeService
    private let slow = LoopbackDriver(directory: ScratchDirectory.path + "/slow")
    private let fast = LoopbackDriver(directory: ScratchDirectory.path + "/fast")
    private let slowFault = Fault()
    private let fastFault = Fault()
    private let size = ByteCount(bytes: 1 << 20) ?? .zero

    init() throws {
        let (slowFault, fastFault) = (slowFault, fastFault)
        service = try VolumeService(
            database: TestDatabase.open(),
            pools: [
                Pool(
                    name: "slow",
                    driver: HookedDriver(slow) { call, moment throws(DriverError) in try slowFault.check(call, moment)
                    },
                    extraCapabilities: ["media": "hdd"]
                ),
                Pool(
                    name: "fast",
                    driver: HookedDriver(fast) { call, moment throws(DriverError) in try fastFault.check(call, moment)
                    },
                    extraCapabilities: ["media": "ssd"]
                ),
            ]
        )
    }

    private func path(of volume: VolumeID, in pool: String) -> String {
        "\(ScratchDirectory.path)/\(pool)/\(volume.backendName)"
    }

    /// Creates volume `data` in the slow pool, with data in its second half.
    private func create() async throws -> Volume {
        let name = try VolumeName(validating: "data")
        let volume = try await service.create(VolumeRequest(name: name, size: .exactly(size), pool: "slow")).volume
        let file = try FileHandle(forWritingTo: URL(filePath: path(of: volume.id, in: "slow")))
        try file.seek(toOffset: 700_000)
        try file.write(contentsOf: Data(repeating: 7, count: 4096))
        try file.close()
        return volume
    }

    /// Expects that the volume is in one pool only, with its data, and that all counts are right.
    private func expect(
        _ volume: Volume,
        in pool: String,
        _ status: VolumeStatus = .available,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let now = try await service.find("data")
        #expect(now.id == volume.id && now.pool == pool && now.status == status, sourceLocation: sourceLocation)
        let held = [BackendVolume(id: volume.id, presence: .complete(size))]
        #expect(try await slow.list() == (pool == "slow" ? held : []), sourceLocation: sourceLocation)
        #expect(try await fast.list() == (pool == "fast" ? held : []), sourceLocation: sourceLocation)
        let data = try Data(contentsOf: URL(filePath: path(of: volume.id, in: pool)))
        #expect(data.count == 1 << 20 && data[700_000..<704_096].allSatisfy { $0 == 7 }, sourceLocation: sourceLocation)
        let quota = try await service.quota()
        #expect(quota.usage == quota.counted, sourceLocation: sourceLocation)
        #expect(quota.usage.inUse == QuotaAmount(volumes: 1, size: size), sourceLocation: sourceLocation)
        let capacity = try await service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted && capacity.kept.count == 1, sourceLocation: sourceLocation)
    }

    @Test func `a volume moves with its data, its quota stays, and the old object is gone`() async throws {
        let volume = try await create()
        let moved = try await service.migrate("data", to: "fast")
        #expect(moved.pool == "fast")
        try await expect(volume, in: "fast")
        let flows = try await service.flows(limit: 10).count
        #expect(try await service.migrate("data", to: "fast") == moved)
        #expect(try await service.flows(limit: 10).count == flows)
        _ = try await service.migrate("data", to: "slow")
        try await expect(volume, in: "slow")
    }

    @Test(arguments: [
        (HookedDriver.Call.create, HookedDriver.Moment.before), (.create, .after), (.writeImage, .before),
        (.writeImage, .after), (.readImage, .after),
    ])
    func `a target that fails leaves the volume where it was`(
        _ call: HookedDriver.Call,
        _ moment: HookedDriver.Moment
    ) async throws {
        let volume = try await create()
        fastFault.set(call, moment)
        let error = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "fast") }
        #expect(error?.code == .driverFailed)
        try await expect(volume, in: "slow")
    }

    @Test func `the caller hears of the progress of all three transfers, which never goes back`() async throws {
        _ = try await create()
        let (heard, hear) = AsyncStream<TransferProgress>.makeStream()
        let service = service.telling { if case .transferring(let progress) = $0 { hear.yield(progress) } }
        try await service.migrate("data", to: "fast")
        hear.finish()
        let all = await heard.reduce(into: []) { $0.append($1) }
        #expect(all.allSatisfy { $0.total.bytes == 3 << 20 })
        #expect(all.map(\.completed.bytes) == all.map(\.completed.bytes).sorted())
        #expect(all.last?.completed.bytes == 3 << 20)
    }

    @Test func `an error of a migration names the volume as people do`() async throws {
        let volume = try await create()
        let other = VolumeRequest(name: try VolumeName(validating: "other"), size: .exactly(size), pool: "fast")
        _ = try await service.create(other)
        _ = FileManager.default.createFile(atPath: path(of: volume.id, in: "fast"), contents: Data(count: 1 << 20))
        let error = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "fast") }
        #expect(error?.code == .conflict)
        #expect(error?.message == "volume \"data\" was not migrated: pool 'fast' has an object with its name")
        #expect(error?.remedies.first == .listPoolObjects("fast"))
    }

    @Test func `a copy that differs is found, and the volume stays where it was`() async throws {
        let volume = try await create()
        let copy = path(of: volume.id, in: "fast")
        // The driver damages what it has written before it is read back.
        fastFault.set(.readImage, .before, failing: false) {
            _ = FileManager.default.createFile(atPath: copy, contents: Data(count: 1 << 20))
        }
        let error = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "fast") }
        #expect(error?.message.contains("differs") == true)
        try await expect(volume, in: "slow")
    }

    @Test func `a source that keeps the old object has the volume back`() async throws {
        let volume = try await create()
        slowFault.set(.delete, .before)
        let error = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "fast") }
        #expect(error?.code == .driverFailed)
        try await expect(volume, in: "slow")
    }

    @Test func `an old object that is removed in part is removed by a retry, and the volume stays in its new pool`()
        async throws
    {
        let volume = try await create()
        let old = path(of: volume.id, in: "slow")
        slowFault.set(.delete, .before) { try? FileManager.default.moveItem(atPath: old, toPath: old + ".partial") }
        let error = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "fast") }
        #expect(error?.code == .revertIncomplete)
        let left = try await service.find("data")
        #expect(left.status == .errorMigrating && left.pool == "fast")
        for call: @Sendable () async throws -> Void in [
            { try await service.delete("data") }, { try await service.forget("data") },
            { _ = try await service.resize("data", to: .growing(size)) },
            { try await service.transfer("data", to: "b") },
        ] {
            let refusal = await #expect(throws: VolumeError.self) { try await call() }
            #expect(refusal?.code == .conflict)
        }
        try await service.retry(left.flow)
        try await expect(volume, in: "fast")
        #expect(try await service.flow("\(left.flow)").detail.resolution != nil)
    }

    @Test func `a volume with snapshots, or in an unknown pool, is not moved`() async throws {
        let volume = try await create()
        let unknown = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "none") }
        #expect(unknown?.code == .notFound)
        let kept = try VolumeName(validating: "kept", as: "snapshot")
        _ = try await service.createSnapshot(SnapshotRequest(of: "data", name: kept))
        let error = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "fast") }
        #expect(error?.code == .conflict)
        try await service.deleteSnapshots(of: "data")
        try await expect(volume, in: "slow")
    }

    @Test func `a type that the pool suits is a change of the record, any other needs a migration`() async throws {
        let volume = try await create()
        try await service.createType("hdd", VolumeTypeChange(extraSpecs: ["media": "hdd"]))
        try await service.createType("ssd", VolumeTypeChange(extraSpecs: ["media": "ssd"]))
        try await service.createType("tape", VolumeTypeChange(extraSpecs: ["media": "tape"]))
        #expect(try await service.retype("data", to: "hdd").type == "hdd")
        try await expect(volume, in: "slow")
        let refusal = await #expect(throws: VolumeError.self) { try await service.retype("data", to: "ssd") }
        #expect(refusal?.code == .conflict && refusal?.remedies.contains(.retypeVolume("data", to: "ssd")) == true)
        let nowhere = await #expect(throws: VolumeError.self) {
            try await service.retype("data", to: "tape", migrating: true)
        }
        #expect(nowhere?.code == .noValidPool && nowhere?.verdicts.count == 2)
        #expect(try await service.find("data").type == "hdd")
        fastFault.set(.writeImage, .after)
        _ = await #expect(throws: VolumeError.self) { try await service.retype("data", to: "ssd", migrating: true) }
        #expect(try await service.find("data").type == "hdd")
        #expect(try await service.retype("data", to: "ssd", migrating: true).type == "ssd")
        try await expect(volume, in: "fast")
        let back = await #expect(throws: VolumeError.self) { try await service.migrate("data", to: "slow") }
        #expect(back?.code == .noValidPool)
    }

    /// Runs the flow of a migration that was allowed before something was changed.
    private func move(_ volume: Volume, newType: String?) async throws {
        let request = MigrateVolumeRequest(
            volume: volume.id,
            project: volume.project,
            source: "slow",
            pool: "fast",
            actualSize: volume.size,
            newType: newType,
            extraSpecs: nil,
            label: volume.label
        )
        try await service.run(service.catalog.migrate, request, subject: volume.label, control: RequestControl())
    }

    @Test func `a volume that was put into a group meanwhile does not get a type that the group does not take`()
        async throws
    {
        try await service.createType("hdd", VolumeTypeChange(extraSpecs: ["media": "hdd"]))
        try await service.createType("ssd", VolumeTypeChange(extraSpecs: ["media": "ssd"]))
        let volume = try await create()
        _ = try await service.retype("data", to: "hdd")
        _ = try await service.createGroup(GroupRequest(name: try VolumeName(validating: "pair"), types: ["hdd"]))
        _ = try await service.addToGroup("pair", ["data"])
        let error = await #expect(throws: VolumeError.self) { try await move(volume, newType: "ssd") }
        #expect(error?.code == .invalidInput && error?.message.contains("group \"pair\" does not take") == true)
        #expect(try await service.find("data").type == "hdd")
        try await expect(volume, in: "slow")
    }

    @Test func `a volume that got a type meanwhile does not go where the type forbids`() async throws {
        try await service.createType("hdd", VolumeTypeChange(extraSpecs: ["media": "hdd"]))
        let volume = try await create()
        _ = try await service.retype("data", to: "hdd")
        let error = await #expect(throws: VolumeError.self) { try await move(volume, newType: nil) }
        #expect(error?.code == .noValidPool && error?.verdicts.first?.filter == "CapabilitiesFilter")
        try await expect(volume, in: "slow")
    }
}
