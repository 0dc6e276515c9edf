import DriverKit
import Identity
import LoopbackDriver
import SQLite
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// What a driver answers, what is true, and whether that can be looked at: every combination that a driver can be wrong in.
@Suite(.scratchDirectory)
struct LyingDriverTests {
    /// A driver's next calls, and the expected outcome of a request.
    struct Case: CustomTestStringConvertible {
        /// The fault of the request's own call; `nil` for none.
        let fault: Fault?
        /// The fault of the removal that undoes it.
        var undoing: Fault?
        /// How many inspections fail.
        var blindLooks = 0
        /// How the request ends; `nil` for a success.
        let code: VolumeError.Code?
        /// The volume's status afterwards; `nil` when it is gone.
        var status: VolumeStatus?
        /// What a retry of the flow makes of it, and it is needed only where something is left.
        var afterRetry: VolumeStatus?

        var testDescription: String {
            "\(fault.map { "\($0)" } ?? "done"), \(undoing.map { "\($0)" } ?? "done"), \(blindLooks) blind"
        }
    }

    static let creations = [
        Case(fault: .doneWithoutEffect, code: .driverFailed),
        Case(fault: .doneAtHalfSize, code: .driverFailed),
        Case(fault: .error(.refused), code: .driverFailed),
        Case(fault: .errorAfterEffect(.refused), code: .driverFailed),
        Case(fault: .errorAfterEffect(.timedOut), code: .driverFailed),
        Case(fault: .error(.broken), undoing: .error(.broken), code: .driverFailed),
        Case(fault: .errorAfterEffect(.broken), undoing: .errorAfterEffect(.broken), code: .driverFailed),
        Case(fault: .errorAfterEffect(.broken), undoing: .error(.broken), code: .revertIncomplete, status: .error),
        Case(fault: .errorAfterEffect(.broken), undoing: .doneWithoutEffect, code: .revertIncomplete, status: .error),
        Case(fault: .doneAtHalfSize, undoing: .doneWithoutEffect, code: .revertIncomplete, status: .error),
        // A volume that can't be inspected is neither present nor absent.
        Case(fault: nil, blindLooks: 1, code: .driverFailed),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .error),
        Case(fault: .error(.refused), blindLooks: 1, code: .revertIncomplete, status: .error),
        Case(fault: .error(.broken), blindLooks: 1, code: .revertIncomplete, status: .error),
        Case(fault: .errorAfterEffect(.broken), blindLooks: 1, code: .revertIncomplete, status: .error),
        // A call that was never made has created nothing.
        Case(fault: .error(.unavailable), undoing: .error(.unavailable), blindLooks: 1, code: .driverFailed),
        Case(fault: .error(.notPermitted), undoing: .error(.notPermitted), blindLooks: 1, code: .notPermitted),
        Case(fault: .error(.foreignPool), undoing: .error(.foreignPool), blindLooks: 1, code: .noValidPool),
    ]

    @Test(arguments: creations)
    func `a create is verified on the backend`(_ example: Case) async throws {
        let scene = try LyingScene()
        scene.faults.order(example.fault, for: .create)
        scene.faults.order(example.undoing, for: .delete)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspect) }
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == example.code)
        try await scene.expectHonesty(error, example)
        if example.status != nil { try await scene.service.retry(try #require(error?.flow)) }
        try await scene.expectNothing()
    }

    static let removals = [
        Case(fault: nil, code: nil),
        Case(fault: .errorAfterEffect(.broken), code: nil),
        Case(fault: .doneWithoutEffect, code: .driverFailed, status: .available),
        Case(fault: .error(.broken), code: .driverFailed, status: .available),
        Case(fault: .error(.refused), code: .driverFailed, status: .available),
        Case(fault: .error(.busy), code: .conflict, status: .available),
        Case(fault: .error(.broken), blindLooks: 1, code: .driverFailed, status: .available),
        // A call that was never made has removed nothing.
        Case(fault: .error(.unavailable), blindLooks: 2, code: .driverFailed, status: .available),
        Case(fault: .error(.notPermitted), blindLooks: 2, code: .notPermitted, status: .available),
        Case(fault: .error(.foreignPool), blindLooks: 2, code: .noValidPool, status: .available),
        Case(fault: .error(.busy), blindLooks: 2, code: .conflict, status: .available),
        // A volume that can't be inspected is neither present nor absent; a retry finds out.
        Case(
            fault: .error(.broken),
            blindLooks: 2,
            code: .revertIncomplete,
            status: .errorDeleting,
            afterRetry: .available
        ),
        Case(
            fault: .doneWithoutEffect,
            blindLooks: 2,
            code: .revertIncomplete,
            status: .errorDeleting,
            afterRetry: .available
        ),
        Case(fault: .errorAfterEffect(.timedOut), blindLooks: 2, code: .revertIncomplete, status: .errorDeleting),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .errorDeleting),
        Case(fault: nil, blindLooks: 1, code: .revertIncomplete, status: .errorDeleting),
    ]

    @Test(arguments: removals)
    func `a removal is verified on the backend`(_ example: Case) async throws {
        let scene = try LyingScene()
        let volume = try await scene.create()
        scene.faults.order(example.fault, for: .delete)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspect) }
        guard let code = example.code else {
            try await scene.service.delete("data")
            return try await scene.expectNothing()
        }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == code)
        try await scene.expectHonesty(error, example)
        guard example.status == .errorDeleting else { return }
        try await scene.service.retry(try #require(error?.flow))
        guard let status = example.afterRetry else { return try await scene.expectNothing() }
        let restored = try await scene.service.volume(volume.id)
        #expect(restored.status == status)
        #expect(restored.lastError == nil)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    static let extensions = [
        Case(fault: nil, code: nil),
        Case(fault: .errorAfterEffect(.broken), code: nil),
        Case(fault: .errorAfterEffect(.timedOut), code: nil),
        Case(fault: .doneWithoutEffect, code: .driverFailed, status: .available),
        Case(fault: .error(.retryableElsewhere), code: .driverFailed, status: .available),
        Case(fault: .error(.busy), code: .conflict, status: .available),
        Case(fault: .error(.broken), blindLooks: 1, code: .driverFailed, status: .available),
        // A call that was never made has extended nothing.
        Case(fault: .error(.unavailable), blindLooks: 2, code: .driverFailed, status: .available),
        // What can't be looked at is neither as it was nor larger; a retry finds out.
        Case(fault: .errorAfterEffect(.broken), blindLooks: 1, code: .revertIncomplete, status: .errorExtending),
        Case(fault: nil, blindLooks: 1, code: .revertIncomplete, status: .errorExtending),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .errorExtending),
        Case(fault: .error(.broken), blindLooks: 2, code: .revertIncomplete, status: .errorExtending),
        Case(fault: .doneWithoutEffect, blindLooks: 2, code: .revertIncomplete, status: .errorExtending),
    ]

    @Test(arguments: extensions)
    func `an extension is what can be seen of it`(_ example: Case) async throws {
        let scene = try LyingScene()
        try await scene.create()
        let size = try #require(ByteCount(bytes: 2 << 20))
        scene.faults.order(example.fault, for: .extend)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspect) }
        guard let code = example.code else {
            let volume = try await scene.service.resize("data", to: .exactly(size)).volume
            return try await scene.expectAvailable(volume, size)
        }
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.resize("data", to: .exactly(size))
        }
        #expect(error?.code == code)
        let volume = try await scene.service.volume(named: "data")
        guard example.status == .errorExtending else {
            return try await scene.expectAvailable(volume, try #require(ByteCount(bytes: 1 << 20)))
        }
        #expect(volume.status == .errorExtending)
        try await scene.service.retry(try #require(error?.flow))
        try await scene.expectAvailable(try await scene.service.volume(named: "data"), size)
        #expect(try await scene.service.flows(limit: 10).allSatisfy { $0.resolution != nil || $0.state == .success })
    }

    @Test func `a volume of which nobody knows how large it is can be removed`() async throws {
        let scene = try LyingScene()
        try await scene.create()
        for _ in 0..<2 { scene.faults.order(.error(.broken), for: .inspect) }
        await #expect(throws: VolumeError.self) {
            try await scene.service.resize("data", to: .growing(try #require(ByteCount(bytes: 1 << 20))))
        }
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a volume whose data is gone does not satisfy a create, and can be removed`() async throws {
        let scene = try LyingScene()
        let volume = try await scene.create()
        try await scene.backend.delete(volume.id, operation: .random())
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .missing)
        #expect(scene.service.flaw(of: volume, .absent)?.code == .missing)
        #expect(await scene.service.backendState(of: volume) == .found(.absent))
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a create that can't inspect the existing volume does not report it as existing`() async throws {
        let scene = try LyingScene()
        try await scene.create()
        scene.faults.order(.error(.broken), for: .inspect)
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .driverFailed)
        try await scene.create()
    }

    @Test func `a removal that was cut short half-way is not undone`() async throws {
        let scene = try LyingScene()
        let volume = try await scene.create()
        try await scene.backend.delete(volume.id, operation: .random())
        let half = try #require(ByteCount(bytes: volume.size.bytes / 2))
        try await scene.backend.create(volume.id, size: half, operation: .random())
        scene.faults.order(.error(.broken), for: .delete)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .revertIncomplete)
        #expect(error?.aftermath.contains("LEFT BEHIND: \(scene.backend.location(of: volume.id))") == true)
    }
}

/// A service on a real pool whose driver lies on demand.
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
            database: SQLiteDatabase(path: ScratchDirectory.database),
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
    func expectHonesty(_ error: VolumeError?, _ example: LyingDriverTests.Case) async throws {
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

    /// Expects that the volume has this size and nothing speaks against it.
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
