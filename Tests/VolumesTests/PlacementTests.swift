import FoundationEssentials
import LoopbackDriver
import SQL
import SQLStore
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Which pool gets a volume, and how large it gets there.
@Suite(.scratchDirectory)
struct PlacementTests {
    /// Pools in directories of the test, whose drivers fail creates on demand.
    private final class Pools: Sendable {
        let names: [String]
        private let failures = Mutex<[String: [DriverError]]>([:])

        init(_ names: [String]) { self.names = names }

        func fail(_ pool: String, with error: DriverError) {
            failures.withLock { $0[pool, default: []].append(error) }
        }

        func backend(_ name: String) -> LoopbackDriver { LoopbackDriver(directory: ScratchDirectory.path + "/" + name) }

        private func nextFailure(of name: String) -> DriverError? {
            failures.withLock { $0[name]?.isEmpty == false ? $0[name]?.removeFirst() : nil }
        }

        func pool(_ name: String, ratio: Double = Pool.defaultOverSubscriptionRatio) -> Pool {
            let driver = HookedDriver(backend(name)) { [self] call, moment throws(DriverError) in
                guard call == .create, moment == .after, let failure = nextFailure(of: name) else { return }
                throw failure
            }
            return Pool(name: name, driver: driver, overSubscriptionRatio: ratio)
        }

        /// A service on the pools, the first of which has the most room.
        func service(
            limits: QuotaLimits = QuotaLimits(),
            scheduling: SchedulerOptions = SchedulerOptions(),
            on database: (any SQLDatabase)? = nil
        ) throws -> VolumeService {
            try VolumeService(
                database: database ?? TestDatabase.open(),
                pools: names.enumerated().map { pool($1, ratio: 20 - Double($0)) },
                limits: limits,
                scheduling: scheduling
            )
        }
    }

    private static let noRoom = DriverError(.retryableElsewhere, "no room for it here")

    private func request(_ name: String, _ size: SizeExpression, pool: String? = nil) throws -> VolumeRequest {
        VolumeRequest(name: try VolumeName(validating: name), size: size, pool: pool)
    }

    private func expectAgreement(_ service: VolumeService, volumes: Int) async throws {
        let quota = try await service.quota()
        #expect(quota.usage == quota.counted)
        #expect(quota.usage.inUse.volumes == volumes && quota.usage.reserved == QuotaAmount())
        let capacity = try await service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted)
    }

    @Test func `if a driver has no space after all, the next best pool is tried`() async throws {
        let pools = Pools(["a", "b", "c"])
        let service = try pools.service()
        pools.fail("a", with: Self.noRoom)
        let volume = try await service.create(try request("data", .mebibyte)).volume
        #expect(volume.pool == "b" && volume.status == .available)
        #expect(try await pools.backend("a").list().isEmpty)
        #expect(try await pools.backend("b").inspect(volume.id) == .complete(volume.size))
        try await expectAgreement(service, volumes: 1)
        let journal = try await service.flow(volume.flow).journal
        #expect(journal.count { $0.atom == "schedule" && $0.state == .success } == 2)
        #expect(journal.count { $0.atom == "reserve-quota" } == 1)
        #expect(journal.contains { $0.failure?.message == "pool 'a': no room for it here" })
        let second = try #require(journal.last { $0.atom == "schedule" }?.output)
        #expect(second.contains(#""filter":"Attempted""#) && second.contains("no room for it here"))
    }

    @Test func `between two attempts the quota, the space and the name stay reserved`() async throws {
        let pools = Pools(["a", "b"])
        let database = try TestDatabase.open()
        let service = try pools.service(limits: QuotaLimits(volumes: 1), on: database)
        pools.fail("a", with: Self.noRoom)
        let commits = database.commitCount
        _ = try await service.create(try request("data", .mebibyte))
        // The intent; the failure with the intent to undo; that it is undone, with the second intent; the outcome.
        #expect(database.commitCount - commits == 4)
        try await expectAgreement(service, volumes: 1)
    }

    @Test func `when all attempts fail, the error names each pool with its reason, and nothing is left`() async throws {
        let pools = Pools(["a", "b", "c", "d"])
        let service = try pools.service()
        for name in pools.names { pools.fail(name, with: DriverError(.retryableElsewhere, "\(name) is full")) }
        let error = await #expect(throws: VolumeError.self) { try await service.create(try request("data", .mebibyte)) }
        #expect(error?.code == .driverFailed)
        #expect(error?.cause == "pool 'a': a is full\npool 'b': b is full\npool 'c': c is full")
        #expect(try await service.volumes().isEmpty)
        for name in pools.names { #expect(try await pools.backend(name).list().isEmpty) }
        try await expectAgreement(service, volumes: 0)
    }

    @Test(arguments: [0, 1, 2, 4])
    func `C43: as many pools are tried as the configuration says, and at least one`(maximum: Int) async throws {
        let pools = Pools(["a", "b", "c", "d", "e"])
        let service = try pools.service(scheduling: SchedulerOptions(maximumAttempts: maximum))
        for name in pools.names { pools.fail(name, with: DriverError(.retryableElsewhere, "\(name) is full")) }
        let error = await #expect(throws: VolumeError.self) { try await service.create(try request("data", .mebibyte)) }
        #expect(error?.code == .driverFailed)
        let flow = try #require(try await service.flows(limit: 1).first)
        let attempts = try await service.flow(flow.id).journal
            .count { $0.atom == "create-on-driver" && $0.state == .failure }
        #expect(attempts == max(1, maximum))
        try await expectAgreement(service, volumes: 0)
    }

    @Test func `a request for one pool makes one attempt`() async throws {
        let pools = Pools(["a", "b"])
        let service = try pools.service()
        pools.fail("a", with: Self.noRoom)
        let wish = try request("data", .mebibyte, pool: "a")
        let error = await #expect(throws: VolumeError.self) { try await service.create(wish) }
        #expect(error?.code == .driverFailed && error?.message.contains("no room for it here") == true)
        try await expectAgreement(service, volumes: 0)
    }

    @Test(arguments: [DriverError.Code.broken, .refused, .busy, .notPermitted])
    func `a failure that no other pool would avoid is not retried elsewhere`(code: DriverError.Code) async throws {
        let pools = Pools(["a", "b"])
        let service = try pools.service()
        pools.fail("a", with: DriverError(code, "told to fail"))
        await #expect(throws: VolumeError.self) { try await service.create(try request("data", .mebibyte)) }
        #expect(
            try await service.flow(try #require(service.flows(limit: 1).first).id).journal
                .allSatisfy { $0.state != .retrying }
        )
        try await expectAgreement(service, volumes: 0)
    }

    @Test(arguments: [SizeExpression.mebibyte, .allFree, .freePercent(10)])
    func `the same request twice creates one volume, even if the pools have changed`(size: SizeExpression) async throws
    {
        let pools = Pools(["a", "b"])
        let volume = try await pools.service().create(try request("data", size)).volume
        #expect(volume.requestedSize == RequestedSize(size))
        let down = Pool(name: "down", driver: LoopbackDriver(directory: "relative/and/so/refused"))
        let others = try VolumeService(
            database: TestDatabase.open(),
            pools: [down] + pools.names.map { pools.pool($0) }
        )
        let again = try await others.create(try request("data", size))
        #expect(again.volume == volume && !again.isNew)
        var sized = try request("data", .exactly(volume.size))
        #expect(try await !others.create(sized).isNew)
        sized.defaultPool = "down"
        #expect(try await !others.create(sized).isNew)
        sized.pool = "down"
        let error = await #expect(throws: VolumeError.self) { try await others.create(sized) }
        #expect(error?.code == .conflict)
        let larger = await #expect(throws: VolumeError.self) {
            try await others.create(try request("data", .freePercent(11)))
        }
        #expect(larger?.code == .conflict)
    }

    @Test func `a share that the quota does not allow is refused with the size on its pool`() async throws {
        let pools = Pools(["a"])
        let service = try pools.service(limits: QuotaLimits(perVolumeGigabytes: 0))
        let error = await #expect(throws: VolumeError.self) { try await service.create(try request("data", .allFree)) }
        #expect(error?.code == .quotaExceeded)
        try await expectAgreement(service, volumes: 0)
    }
}

/// Databases of older programs.
@Suite(.scratchDirectory)
struct PlacementMigrationTests {
    /// The records of a creation of version 2 whose process died in the driver.
    private static let interruptedCreation = """
        UPDATE flow SET version = 2, shape_number = NULL, state = 'RUNNING', owner_lock = 1 << 50;
        DELETE FROM flow_journal WHERE atom = 'finish' OR (atom = 'create-on-driver' AND state = 'SUCCESS');
        UPDATE flow_journal SET output = json_remove(output, '$.actualSize') WHERE atom = 'schedule';
        UPDATE flow_journal SET atom = 'extract-spec', output = '{"actualSize":1048576}' WHERE atom = 'try-pools';
        UPDATE volume SET status = 'creating';
        INSERT INTO reservation SELECT flow, project, 'volumes', 1 FROM volume
            UNION ALL SELECT flow, project, 'gigabytes', size FROM volume;
        UPDATE quota SET reserved = in_use, in_use = 0;
        """

    /// Reverts later schema steps of the volumes' tables.
    private static let oldTables = """
        CREATE TABLE old_volume (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, project TEXT NOT NULL, name TEXT,
            size INTEGER NOT NULL CHECK (size > 0), pool TEXT, status TEXT NOT NULL, is_reserved INTEGER NOT NULL,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, flow TEXT NOT NULL, last_error TEXT,
            UNIQUE (project, name)
        ) STRICT;
        INSERT INTO old_volume SELECT number, id, project, name, size, pool, status,
            flow IN (SELECT flow FROM reservation), created_at, updated_at, flow, last_error FROM volume;
        DROP TABLE volume;
        ALTER TABLE old_volume RENAME TO volume;
        DROP TABLE pool_provisioned;
        CREATE TABLE quota_usage (
            project TEXT PRIMARY KEY, volumes_in_use INTEGER NOT NULL, bytes_in_use INTEGER NOT NULL,
            volumes_reserved INTEGER NOT NULL, bytes_reserved INTEGER NOT NULL
        ) STRICT;
        INSERT INTO quota_usage SELECT project, v.in_use, g.in_use, v.reserved, g.reserved
            FROM quota AS v JOIN quota AS g USING (project)
            WHERE v.resource = 'volumes' AND g.resource = 'gigabytes';
        DROP TABLE quota;
        DROP TABLE reservation;
        UPDATE schema_version SET version = 1 WHERE name = 'volume';
        DELETE FROM schema_version WHERE name IN ('provisioned', 'reservation');
        """

    private func change(_ statements: String...) async throws {
        let store = try SQLStore(TestDatabase.open())
        for statement in statements { try await store.transact { try $0.connection.executeScript(statement) } }
        await store.close()
    }

    @Test(.onFiles("databases of that age are files"))
    func `volumes of older programs keep their requests, and their pools the provisioned capacity`() async throws {
        let names = ["sized", "shared", "named"]
        do {
            let scene = try Scene()
            try await scene.create("sized")
            for (name, size, pool) in [("shared", SizeExpression.freePercent(1), nil), ("named", .mebibyte, "default")]
            {
                let request = VolumeRequest(name: try VolumeName(validating: name), size: size, pool: pool)
                _ = try await scene.service.create(request)
            }
            await scene.service.close()
        }
        try await change(Self.oldTables)
        let scene = try Scene()
        let volumes = try await scene.service.volumes()
        #expect(volumes.map(\.label) == names)
        #expect(
            volumes.map(\.requestedSize) == [RequestedSize(.mebibyte), .share(percent: 1), RequestedSize(.mebibyte)]
        )
        #expect(volumes.map(\.requestedPool) == [nil, nil, "default"])
        let capacity = try await scene.service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted && capacity.kept["default"]?.volumes == 3)
        try await scene.create("sized")
    }

    @Test(.onFiles("databases of that age are files"), arguments: [false, true])
    func `a creation by an older program is carried on or undone`(fails: Bool) async throws {
        do {
            let scene = try Scene()
            try await scene.create()
            await scene.service.close()
        }
        try await change(Self.interruptedCreation, Self.oldTables)
        let scene = try Scene()
        if fails { scene.fail(.create, .after, with: .broken) }
        let recovery = try #require(try await scene.service.recover().first)
        #expect(recovery.state == (fails ? .reverted : .success), "\(recovery.problem ?? "")")
        let capacity = try await scene.service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted)
        if fails { try await scene.expectNothing() } else { try await scene.expectUsage(volumes: 1, mebibytes: 1) }
    }
}

extension SizeExpression {
    fileprivate static var mebibyte: Self { .exactly(ByteCount(bytes: 1 << 20) ?? .zero) }
}
