import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Where volumes go, what a plan foresees, and pools that take nothing new.
@Suite(.scratchDirectory)
struct PlanTests {
    private let service: VolumeService

    init() throws {
        service = try Self.service()
    }

    private static func service(
        limits: QuotaLimits = QuotaLimits(),
        scope: Scope = Scope(user: "operator")
    ) throws -> VolumeService {
        func pool(_ name: String, ratio: Double, _ placement: PoolPlacement) -> Pool {
            Pool(
                name: name,
                driver: LoopbackDriver(directory: ScratchDirectory.path + "/" + name),
                overSubscriptionRatio: ratio,
                placement: placement
            )
        }
        return try VolumeService(
            database: TestDatabase.open(),
            pools: [
                pool("a", ratio: 20, PoolPlacement(zone: "az1", filterFunction: "volume.size < 1")),
                pool("b", ratio: 19, PoolPlacement(zone: "az2")), pool("c", ratio: 18, PoolPlacement()),
            ],
            limits: limits,
            scope: scope
        )
    }

    private func request(
        _ name: String,
        mebibytes: Int64 = 1,
        _ placement: PlacementRequest? = nil
    ) throws -> VolumeRequest {
        let size = try #require(ByteCount(bytes: mebibytes << 20))
        var request = VolumeRequest(name: try VolumeName(validating: name), size: .exactly(size))
        request.placement = placement
        return request
    }

    private func pool(_ name: String, _ placement: PlacementRequest? = nil) async throws -> String? {
        try await service.create(try request(name, placement)).volume.pool
    }

    @Test func `a pool's filter function judges a volume that grows by its new size`() async throws {
        #expect(try await pool("data") == "a")
        let small = try #require(ByteCount(bytes: 2 << 20))
        #expect(try await service.resize("data", to: .exactly(small)).volume.size == small)
        let large = try #require(ByteCount(gibibytes: 2))
        let error = await #expect(throws: VolumeError.self) { try await service.resize("data", to: .exactly(large)) }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.contains { $0.filter == "DriverFilter" } == true)
        #expect(error?.remedies.contains(.showPool("a")) == true)
        let volume = try await service.find("data")
        #expect(volume.status == .available && volume.size == small)
    }

    @Test func `a plan says which pool a create would choose and why, and changes nothing`() async throws {
        let plan = try await service.plan(try request("data"))
        #expect(plan.pool == "a" && plan.existing == nil)
        #expect(plan.verdicts.map(\.decision) == [.chosen, .eligible, .eligible])
        #expect(plan.verdicts.allSatisfy { $0.checks?.contains { $0.filter == "CapacityFilter" && $0.passes } == true })
        #expect(plan.verdicts[0].scores?.first?.normalized == 1 && plan.verdicts[2].weight == 0)
        #expect(plan.quotas.map(\.resource) == ["gigabytes", "volumes"] && plan.quotas.map(\.asked) == [1 << 20, 1])
        #expect(plan.steps.contains("schedule"))
        #expect(try await service.volumes().isEmpty)
        #expect(try await service.flows(limit: 1).isEmpty)
        let quota = try await service.quota()
        #expect(quota.usage == QuotaUsage())
        let marks = try await service.poolStatuses().map(\.report.mark)
        #expect(marks == [nil, nil, nil])
        let created = try await service.create(try request("data")).volume
        #expect(created.pool == plan.pool)
        #expect(try await service.plan(try request("data")).existing == created)
    }

    @Test func `a plan fails as the create would`() async throws {
        let limited = try Self.service(limits: QuotaLimits(volumes: 0))
        let huge = try request("data", mebibytes: 1 << 40)
        for (service, request) in [(service, huge), (limited, try request("data"))] {
            let planned = await #expect(throws: VolumeError.self) { try await service.plan(request) }
            let created = await #expect(throws: VolumeError.self) { try await service.create(request) }
            #expect(planned?.code == created?.code && planned?.message == created?.message)
            #expect(planned?.verdicts.map(\.why) == created?.verdicts.map(\.why))
        }
        #expect(try await service.flows(limit: 9).count == 2)
    }

    @Test func `the verdicts with all compared values are kept in the flow of a create that succeeded`() async throws {
        _ = try await service.create(try request("data"))
        let flow = try #require(try await service.flows(limit: 1).first)
        let output = try await service.flow(flow.id).journal.last { $0.atom == "schedule" }?.output ?? ""
        for word in ["\"checks\"", "\"DriverFilter\"", "\"scores\"", "volume.size < 1 is true"] {
            #expect(output.contains(word), "\(output)")
        }
    }

    @Test func `C29: a volume goes to the zone that it is requested in`() async throws {
        #expect(try await pool("one", PlacementRequest(zone: "az2")) == "b")
        #expect(try await pool("any") == "a")
        let again = try await service.create(try request("one", PlacementRequest(zone: "az2")))
        #expect(!again.isNew)
        let elsewhere = await #expect(throws: VolumeError.self) { try await pool("one", PlacementRequest(zone: "az1")) }
        #expect(elsewhere?.code == .conflict)
        let unknown = await #expect(throws: VolumeError.self) { try await pool("two", PlacementRequest(zone: "az3")) }
        #expect(unknown?.cinderName == "InvalidAvailabilityZone")
        #expect(unknown?.cause == "the zones of the pools are az1, az2")
    }

    @Test func `a type restricts its volumes to zones`() async throws {
        try await service.createType("far", VolumeTypeChange(extraSpecs: ["RESKEY:availability_zones": "az3, az2"]))
        var wanted = try request("data")
        wanted.type = "far"
        #expect(try await service.create(wanted).volume.pool == "b")
        wanted = try request("other", PlacementRequest(zone: "az1"))
        wanted.type = "far"
        let error = await #expect(throws: VolumeError.self) { try await service.create(wanted) }
        #expect(error?.code == .invalidInput && error?.cause?.contains("az3, az2") == true)
        let empty = await #expect(throws: VolumeError.self) {
            try await service.createType("none", VolumeTypeChange(extraSpecs: ["RESKEY:availability_zones": " , "]))
        }
        #expect(empty?.code == .invalidInput)
    }

    @Test(arguments: [("az2", "b"), ("az3, az2", "b"), ("az2,,,", "b"), ("az3", nil)])
    func `C07: of a type's zones those count that there are`(zones: String, pool: String?) async throws {
        try await service.createType("far", VolumeTypeChange(extraSpecs: ["RESKEY:availability_zones": zones]))
        var wanted = try request("data")
        wanted.type = "far"
        if let pool { return #expect(try await service.create(wanted).volume.pool == pool) }
        let error = await #expect(throws: VolumeError.self) { try await service.create(wanted) }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.first?.why == "wants zone az3, and the pool is in az1")
        #expect(error?.verdicts.last?.why == "wants zone az3, and the pool is in no zone")
    }

    @Test func `a volume gets no type that is for other zones unless it is moved there`() async throws {
        #expect(try await pool("data") == "a")
        try await service.createType("far", VolumeTypeChange(extraSpecs: ["RESKEY:availability_zones": "az2"]))
        let error = await #expect(throws: VolumeError.self) { try await service.retype("data", to: "far") }
        #expect(error?.code == .conflict && error?.cause == "the type wants zone az2, and the pool is in az1")
        let moved = try await service.retype("data", to: "far", migrating: true)
        #expect(moved.pool == "b" && moved.type == "far")
    }

    @Test func `a volume goes to the pool of one volume, or to another pool than that of others`() async throws {
        #expect(try await pool("one", PlacementRequest(zone: "az2")) == "b")
        #expect(try await pool("near", PlacementRequest(near: ["one"])) == "b")
        #expect(try await pool("apart", PlacementRequest(apartFrom: ["one"])) == "a")
        #expect(try await pool("third", PlacementRequest(apartFrom: ["one", "apart"])) == "c")
        let one = try await service.find("one")
        let hints = ["same_host": "\(one.id)", "different_host": "apart,third"]
        #expect(try await pool("hinted", PlacementRequest(hints: hints)) == "b")
        let error = await #expect(throws: VolumeError.self) {
            try await pool("nowhere", PlacementRequest(near: ["one"], apartFrom: ["near"]))
        }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.map(\.filter) == ["SameBackendFilter", "DifferentBackendFilter", "SameBackendFilter"])
        let missing = await #expect(throws: VolumeError.self) { try await pool("x", PlacementRequest(near: ["gone"])) }
        #expect(missing?.code == .notFound)
    }

    @Test func `a query chooses among pools, and one that can't be understood is refused before anything`() async throws
    {
        let query = #"["=", "$availability_zone", "az2"]"#
        #expect(try await pool("one", PlacementRequest(hints: ["query": query])) == "b")
        for hints in [["query": "nonsense"], ["same_hots": "one"]] {
            let error = await #expect(throws: VolumeError.self) { try await pool("x", PlacementRequest(hints: hints)) }
            #expect(error?.code == .invalidInput && error?.aftermath == "nothing was changed")
        }
        #expect(try await service.flows(limit: 9).count == 1)
    }

    @Test func `a pool's filter function rejects a volume with its compared value`() async throws {
        let plan = try await service.plan(try request("data", mebibytes: 1024))
        #expect(plan.pool == "b" && plan.verdicts[0].filter == "DriverFilter")
        #expect(plan.verdicts[0].why == "volume.size < 1 is false")
    }

    @Test func `a disabled pool takes nothing new, and its volumes go on`() async throws {
        _ = try await service.create(try request("old"))
        let disabled = try await service.disablePool("a", reason: "disk swap")
        #expect(disabled.volumes == ["old"] && disabled.remaining.volumes == 1)
        #expect(try await pool("new") == "b")
        var wanted = try request("wanted")
        wanted.pool = "a"
        let error = await #expect(throws: VolumeError.self) { try await service.create(wanted) }
        #expect(error?.code == .noValidPool && error?.remedies.contains(.enablePool("a")) == true)
        let why = try #require(error?.verdicts.first?.why)
        #expect(
            why.contains(#/^(down: )?disabled since 20\d\d-\d\d-\d\d \d\d:\d\d UTC by operator: "disk swap"$/#),
            "\(why)"
        )
        let status = try await service.poolStatus("a")
        #expect(status.disabling?.reason == "disk swap" && status.report.problem == nil)
        let larger = try await service.resize(
            "old",
            to: .exactly(try #require(ByteCount(bytes: 2 << 20))),
            control: .init()
        )
        #expect(larger.volume.size.bytes == 2 << 20)
        _ = try await service.createSnapshot(SnapshotRequest(of: "old", name: nil))
        #expect(try await service.enablePool("a"))
        #expect(try await !service.enablePool("a"))
        #expect(try await service.create(wanted).volume.pool == "a")
    }

    @Test func `a drained pool says what is still there, and keeps the time of its first disabling`() async throws {
        for name in ["one", "two"] { _ = try await service.create(try request(name)) }
        let first = try await service.disablePool("a", reason: "first").disabling
        let drained = try await service.disablePool("a", reason: "", drains: true)
        #expect(drained.volumes == ["one", "two"] && drained.remaining.size.bytes == 2 << 20)
        #expect(drained.disabling.isDraining && drained.disabling.since == first.since)
        #expect(drained.disabling.description.hasPrefix("draining since"))
    }

    @Test func `only an admin disables a pool, and only one that there is`() async throws {
        let guest = try Self.service(scope: Scope(user: "guest", roles: []))
        let refused = await #expect(throws: VolumeError.self) { try await guest.disablePool("a", reason: "x") }
        #expect(refused?.code == .notPermitted)
        let alike = await #expect(throws: VolumeError.self) { try await guest.enablePool("a") }
        #expect(alike?.code == .notPermitted)
        let unknown = await #expect(throws: VolumeError.self) { try await service.disablePool("z", reason: "x") }
        #expect(unknown?.code == .notFound)
        let malformed = await #expect(throws: VolumeError.self) {
            try await service.disablePool("a", reason: "a\u{1B}b")
        }
        #expect(malformed?.code == .invalidInput)
    }
}
