import Dispatch
import Identity
import LoopbackDriver
import SQL
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeDriver

@testable import VolumeAPI
@testable import Volumes

/// Requests of several processes at once, which share a database. On files, each waits for all others.
@Suite(.scratchDirectory)
struct KeyTests {
    /// Services of several projects, on several connections to one database and the same pools.
    private struct Scene {
        let services: [VolumeService]
        let room: ByteCount

        /// - Parameters:
        ///   - pools: the names of pools that hold eight volumes of 1 MiB each.
        ///   - limit: the number of volumes that a project may have.
        ///   - refusal: every so many creations the pool's driver says that another pool may succeed; `nil` for never.
        init(projects: Int, pools: [String], limit: Int = 1000, refusal: Int? = nil) throws {
            let creations = Creations()
            let devices = PretendDevices(in: ScratchDirectory.path + "/devices")
            let room = try #require(ByteCount(bytes: 8 << 20))
            let databases = try (0..<4).map { _ in try TestDatabase.open() }
            services = try (0..<16)
                .map { number in
                    try VolumeService(
                        database: databases[number % databases.count],
                        pools: pools.map { name in
                            let base = LoopbackDriver(directory: ScratchDirectory.path + "/\(name)")
                            let small = SmallDriver(base: base, room: room)
                            let driver = HookedDriver(small, devices: devices) { call, moment throws(DriverError) in
                                guard let refusal, call == .create, moment == .before else { return }
                                guard creations.count.add(1, ordering: .relaxed).newValue % refusal == 0 else { return }
                                throw DriverError(.retryableElsewhere, "told to fail")
                            }
                            return Pool(name: name, driver: driver, overSubscriptionRatio: 1)
                        },
                        limits: QuotaLimits(volumes: limit),
                        scope: Scope(project: "p\(number % projects)")
                    )
                }
            self.room = room
        }

        /// Makes `count` requests at once, and returns how many volumes were created.
        func create(_ count: Int) async throws -> Int {
            try await withThrowingTaskGroup { group in
                for number in 0..<count {
                    group.addTask {
                        do {
                            let size = try #require(ByteCount(bytes: 1 << 20))
                            _ = try await services[number % services.count].create(VolumeRequest(size: .exactly(size)))
                            return 1
                        } catch let error as VolumeError
                            where error.code == .noValidPool || error.code == .quotaExceeded
                        {
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
        }

        /// Expects that every record agrees with the volumes, and no pool holds more than it can.
        func expectAgreement(sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let capacity = try await services[0].provisionedCapacity()
            #expect(capacity.kept == capacity.counted, sourceLocation: sourceLocation)
            for (pool, used) in capacity.kept { #expect(used.size <= room, "\(pool)", sourceLocation: sourceLocation) }
            for quota in try await services[0].auditQuota(allProjects: true) {
                #expect(quota.differences.isEmpty, "\(quota.project)", sourceLocation: sourceLocation)
                #expect(quota.usage.reserved == QuotaAmount(), sourceLocation: sourceLocation)
            }
        }
    }

    @Test func `requests of one project at once never exceed its quota`() async throws {
        let scene = try Scene(projects: 1, pools: ["one", "two", "three"], limit: 5)
        #expect(try await scene.create(16) == 5)
        try await scene.expectAgreement()
    }

    @Test(arguments: [["one"], ["one", "two", "three"]])
    func `requests of many projects at once fill the pools, and never exceed their capacity`(
        _ pools: [String]
    ) async throws {
        let scene = try Scene(projects: 16, pools: pools)
        #expect(try await scene.create(pools.count * 8 - 6) == pools.count * 8 - 6)
        // Six are left.
        #expect(try await scene.create(16) == 6)
        try await scene.expectAgreement()
    }

    @Test func `a random mix of requests ends without a deadlock, and leaves records that agree`() async throws {
        let scene = try Scene(projects: 5, pools: ["one", "two", "three"], limit: 6, refusal: 3)
        try await withThrowingTaskGroup { group in
            for (number, service) in scene.services.enumerated() {
                group.addTask { try await mix(service, seed: UInt64(number)) }
            }
            try await group.waitForAll()
        }
        try await scene.expectAgreement()
    }

    /// Makes requests about a few volumes of the service's project, which others of the project make at the same time.
    private func mix(_ service: VolumeService, seed: UInt64) async throws {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<12 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            let (action, name) = (random % 8, "v\(random / 8 % 4)")
            let (small, large) = (try #require(ByteCount(bytes: 1 << 20)), try #require(ByteCount(bytes: 2 << 20)))
            do {
                switch action {
                case 0, 1:
                    let name = try VolumeName(validating: name)
                    _ = try await service.create(VolumeRequest(name: name, size: .exactly(small)))
                case 2: _ = try await service.resize(name, to: .exactly(large))
                case 3:
                    _ = try await service.createSnapshot(
                        SnapshotRequest(of: name, name: VolumeName(validating: "s", as: "snapshot"))
                    )
                case 4: _ = try await service.deleteSnapshot("\(name)@s")
                case 5: _ = try await service.attach(name)
                case 6: _ = try await service.detach(name)
                default: _ = try await service.delete(name)
                }
            } catch let error as VolumeError
                where [.conflict, .notFound, .missing, .noValidPool, .quotaExceeded, .driverFailed].contains(error.code)
            {
                // Another request came first or was removing the volume, or no pool's driver was willing.
            }
        }
    }

    @Test(.enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
    func `no event appears before one that has been read`() async throws {
        let (service, database) = (try Scene(projects: 1, pools: ["one"]).services[0], try TestDatabase.open())
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let slow: Void = database.write(under: [], until: nil) { connection in
            let event = Event("test.slow.end", of: "object", in: "p0", by: Scope()) { _ in }
            try EventTable(connection: connection).insert(event)
            // The event is sent.
            _ = try connection.time()
            hasBegun.continuation.yield()
            mayEnd.wait()
        }
        for await _ in hasBegun.stream { break }
        let size = try #require(ByteCount(bytes: 1 << 20))
        _ = try await service.create(VolumeRequest(size: .exactly(size)))
        let hasEnded = Flag()
        let reading = Task {
            defer { hasEnded.value.withLock { $0 = true } }
            return try await service.eventPages().joined().readable.map(\.name)
        }
        try await eventually {
            // Without having waited, it is wrong.
            if hasEnded.value.withLock({ $0 }) { return true }
            return try await database.read { connection in
                let waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                return try !connection.query(waits).isEmpty
            }
        }
        mayEnd.signal()
        try await slow
        #expect(try await reading.value == ["test.slow.end", "volume.create.start", "volume.create.end"])
    }
}

private final class Creations: Sendable {
    let count = Atomic<Int>(0)
}

private final class Flag: Sendable {
    let value = Mutex(false)
}

/// A driver with room for a few volumes.
private struct SmallDriver: ForwardingDriver, SnapshottingDriver, ExtendingDriver {
    static let kind = "small"
    let base: LoopbackDriver
    let room: ByteCount

    func capacity() async throws(DriverError) -> PoolCapacity { PoolCapacity(total: room, free: room) }

    func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        try await base.extend(volume, to: size, operation: operation)
    }

    func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try await base.createSnapshot(snapshot, of: volume, operation: operation)
    }

    func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try await base.deleteSnapshot(snapshot, of: volume, operation: operation)
    }

    func inspectSnapshot(_ snapshot: SnapshotID, of volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await base.inspectSnapshot(snapshot, of: volume)
    }

    func listSnapshots() async throws(DriverError) -> [BackendSnapshot] { try await base.listSnapshots() }

    func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try await base.create(volume, size: size, from: snapshot, of: source, operation: operation)
    }
}
