import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// Cinder's cases of its capacity filter, in GiB. A comment marks cases in which this filter is stricter.
struct SchedulerTests {
    /// A pool in Cinder's terms.
    struct Case: CustomTestStringConvertible {
        let id: String
        var total: Int64 = 500
        var free: Int64
        var promised: Int64 = 0
        var ratio = 1.0
        var reserved = 0
        var isThin = false
        let asked: Int64
        let fits: Bool

        var testDescription: String { id }
    }

    @Test(arguments: [
        Case(id: "room", free: 200, asked: 100, fits: true),
        Case(id: "reserved", total: 200, free: 120, reserved: 20, asked: 121, fits: false),
        Case(id: "no pool at all", total: 0, free: 0, asked: 1, fits: false),
        Case(
            id: "thin, over-promised and reserved",
            free: 200,
            promised: 500,
            ratio: 2,
            reserved: 5,
            isThin: true,
            asked: 100,
            fits: true
        ),
        Case(id: "room on a thick pool", free: 200, promised: 300, reserved: 5, asked: 100, fits: true),
        Case(id: "no room on a thick pool", free: 100, promised: 400, reserved: 5, asked: 100, fits: false),
        Case(id: "ratio below one", free: 500, ratio: 0.8, isThin: true, asked: 1, fits: false),
        Case(id: "promised", free: 200, promised: 400, isThin: true, asked: 150, fits: false),
        Case(
            id: "over-promised",
            free: 100,
            promised: 1000,
            ratio: 2,
            reserved: 5,
            isThin: true,
            asked: 100,
            fits: false
        ),
        Case(id: "exactly", free: 125, promised: 400, ratio: 2, reserved: 5, isThin: true, asked: 550, fits: true),
        // Cinder would let 150 pass on a device with nothing free.
        Case(
            id: "nothing free",
            free: 0,
            promised: 800,
            ratio: 2,
            reserved: 5,
            isThin: true,
            asked: 150,
            fits: false
        ),
    ])
    func `a pool takes volumes that fit into its provisionable and its real capacity`(_ example: Case) throws {
        let verdicts = Scheduler()
            .judge(
                [try report(example)],
                provisioned: ["pool": ProvisionedCapacity(volumes: 1, size: try gibibytes(example.promised))],
                for: Scheduler.Request(size: .exactly(try gibibytes(example.asked)), pool: nil)
            )
        #expect((verdicts.first?.decision == .chosen) == example.fits)
        #expect((verdicts.first?.filter == nil) == example.fits)
    }

    @Test func `the pool with the most capacity is chosen, and every other has a reason`() throws {
        let pools = [
            try report(Case(id: "small", free: 100, asked: 0, fits: true), name: "small"),
            try report(Case(id: "large", free: 400, asked: 0, fits: true), name: "large"),
            try report(Case(id: "full", free: 1, asked: 0, fits: true), name: "full"),
        ]
        let request = Scheduler.Request(size: .exactly(try gibibytes(50)), pool: nil)
        let verdicts = Scheduler().judge(pools, provisioned: [:], for: request)
        #expect(verdicts.map(\.decision) == [.eligible, .chosen, .rejected])
        #expect(verdicts[2].why.contains("needs 50 GiB, 1 GiB free of 500 GiB"))
    }

    @Test func `a requested pool is the only candidate`() throws {
        let pools = [
            try report(Case(id: "small", free: 100, asked: 0, fits: true), name: "small"),
            try report(Case(id: "large", free: 400, asked: 0, fits: true), name: "large"),
        ]
        let request = Scheduler.Request(size: .exactly(try gibibytes(50)), pool: "small")
        #expect(Scheduler().judge(pools, provisioned: [:], for: request).map(\.decision) == [.chosen, .rejected])
    }

    @Test func `shared space is provisioned only once`() throws {
        let example = Case(id: "shared", total: 100, free: 100, asked: 0, fits: true)
        let pools = try ["a", "b"].map { try report(example, name: $0, backing: "disk") }
        let provisioned = ["a": ProvisionedCapacity(volumes: 1, size: try gibibytes(60))]
        func decisions(_ pools: [PoolReport]) throws -> [PoolVerdict.Decision] {
            let request = Scheduler.Request(size: .exactly(try gibibytes(50)), pool: nil)
            return Scheduler().judge(pools, provisioned: provisioned, for: request).map(\.decision)
        }
        #expect(try decisions(pools) == [.rejected, .rejected])
        #expect(try decisions([pools[0], report(example, name: "b", backing: "another")]) == [.rejected, .chosen])
    }

    @Test func `a pool that is not asked shares its last known space`() throws {
        let example = Case(id: "shared", total: 100, free: 100, asked: 0, fits: true)
        let provisioned = ["b": ProvisionedCapacity(volumes: 1, size: try gibibytes(60), backing: "disk")]
        let request = Scheduler.Request(size: .exactly(try gibibytes(50)), pool: "a")
        let verdicts = Scheduler()
            .judge([try report(example, name: "a", backing: "disk")], provisioned: provisioned, for: request)
        #expect(verdicts.map(\.decision) == [.rejected])
        #expect(verdicts.first?.why.contains("shared with b") == true)
    }

    @Test func `a size is in the allocation units of the pool that gets it`() throws {
        let example = Case(id: "unit", free: 100, asked: 0, fits: true)
        for (unit, expected) in [(Int64(4096), Int64(8192)), (4 << 20, 4 << 20)] {
            let request = Scheduler.Request(size: .exactly(try #require(ByteCount(bytes: 4097))), pool: nil)
            let verdicts = Scheduler()
                .judge([try report(example, unit: unit)], provisioned: [:], for: request)
            #expect(verdicts.first?.size?.bytes == expected)
        }
    }

    @Test func `a share is that of the pool's own free space after its reserve, and the largest share is chosen`()
        throws
    {
        let pools = [
            try report(
                Case(id: "thin", total: 100, free: 10, ratio: 20, isThin: true, asked: 0, fits: true),
                name: "thin"
            ),
            try report(Case(id: "thick", total: 100, free: 50, reserved: 10, asked: 0, fits: true), name: "thick"),
        ]
        let request = Scheduler.Request(size: .share(percent: 50), pool: nil)
        let verdicts = Scheduler().judge(pools, provisioned: [:], for: request)
        #expect(verdicts.map(\.size) == [try gibibytes(5), try gibibytes(20)])
        #expect(verdicts.map(\.decision) == [.eligible, .chosen])
    }

    @Test func `a pool that has reached its own limit is not eligible and says so`() throws {
        let example = Case(id: "limited", free: 400, asked: 0, fits: true)
        let pool = try report(example, logical: 30, limit: 50)
        for (asked, isTaken) in [(Int64(20), true), (21, false)] {
            let request = Scheduler.Request(size: .exactly(try gibibytes(asked)), pool: nil)
            let verdict = try #require(Scheduler().judge([pool], provisioned: [:], for: request).first)
            #expect((verdict.decision == .chosen) == isTaken)
            #expect(isTaken || verdict.why == "needs 21 GiB, 20 GiB left of the pool's limit of 50 GiB")
        }
        let all = Scheduler.Request(size: .share(percent: 100), pool: nil)
        #expect(Scheduler().judge([pool], provisioned: [:], for: all).first?.size == (try gibibytes(20)))
    }

    @Test func `among many pools the heaviest and some that are rejected are explained, with the chosen one`() throws {
        // In turn with room, which grows, and full.
        let pools = try (1...20)
            .map { number in
                let free: Int64 = number.isMultiple(of: 2) ? Int64(number) * 10 : 1
                return try report(Case(id: "many", free: free, asked: 0, fits: true), name: "pool-\(number)")
            }
        let request = Scheduler.Request(size: .exactly(try gibibytes(5)), pool: nil)
        let ranking = Scheduler().rank(pools, provisioned: [:], for: request)
        let some = ranking.verdicts(atMost: 6)
        #expect(some.map(\.pool) == ["pool-1", "pool-3", "pool-5", "pool-16", "pool-18", "pool-20"])
        #expect(some.map(\.decision) == [.rejected, .rejected, .rejected, .eligible, .eligible, .chosen])
        #expect(some.allSatisfy { !$0.why.isEmpty && $0.checks?.isEmpty == false })
        let all = ranking.verdicts()
        #expect(all == Scheduler().judge(pools, provisioned: [:], for: request) && all.count == 20)
        #expect(some.allSatisfy(all.contains))
        #expect(Scheduler().rank(Array(pools.prefix(1)), provisioned: [:], for: request).chosen == nil)
    }

    @Test func `a pool names some of those that share its space, and counts the others`() throws {
        let example = Case(id: "shared", total: 100, free: 100, asked: 0, fits: true)
        let pools = try (1...20).map { try report(example, name: "pool-\($0)", backing: "disk") }
        let request = Scheduler.Request(size: .exactly(try gibibytes(1)), pool: nil)
        let why = try #require(Scheduler().judge(pools, provisioned: [:], for: request).last?.why)
        #expect(why.hasSuffix("shared with pool-1, pool-2, pool-3, pool-4, pool-5, pool-6, pool-7, pool-8 and 11 more"))
    }

    private func report(
        _ example: Case,
        name: String = "pool",
        backing: String? = nil,
        unit: Int64 = 0,
        logical: Int64? = nil,
        limit: Int64? = nil
    ) throws -> PoolReport {
        PoolReport(
            name: name,
            kind: "test",
            capacity: .success(
                PoolCapacity(
                    total: try gibibytes(example.total),
                    free: try gibibytes(example.free),
                    logical: try logical.map(gibibytes),
                    logicalLimit: try limit.map(gibibytes),
                    backing: backing
                )
            ),
            capabilities: DriverCapabilities(isThin: example.isThin, granule: try #require(ByteCount(bytes: unit))),
            overSubscriptionRatio: example.ratio,
            reservedPercentage: example.reserved
        )
    }

    private func gibibytes(_ count: Int64) throws -> ByteCount { try #require(ByteCount(gibibytes: count)) }
}
