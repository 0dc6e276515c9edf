import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// The ratio `auto`, with capacities in GiB.
struct OverSubscriptionTests {
    /// A pool in Cinder's terms.
    struct Case: CustomTestStringConvertible {
        let id: String
        var total: Int64? = 100
        var free: Int64 = 100
        var provisioned: Int64 = 0
        var isThin = true
        let ratio: Double

        var testDescription: String { id }
    }

    @Test(arguments: [
        Case(id: "empty", ratio: 20),
        Case(id: "provisioned, and nothing written", provisioned: 30, ratio: 31),
        Case(id: "half written", free: 51, provisioned: 100, ratio: 3),
        Case(id: "all that was provisioned is written", free: 1, provisioned: 100, ratio: 2),
        Case(id: "full", free: 0, provisioned: 303, ratio: 4),
        Case(id: "full of something else", free: 0, ratio: 20),
        Case(id: "more free than there is", free: 200, provisioned: 10, ratio: 11),
        Case(id: "no space at all", total: 0, free: 0, provisioned: 1, ratio: 2),
        Case(id: "thick", free: 50, provisioned: 50, isThin: false, ratio: 1),
        Case(id: "of unknown capacity", total: nil, provisioned: 50, ratio: 1),
    ])
    func `an automatic ratio is that of Cinder`(_ example: Case) throws {
        let report = try report(example)
        #expect(report.overSubscriptionRatio(provisioned: try gibibytes(example.provisioned)) == example.ratio)
    }

    @Test func `the largest capacities are no trap`() throws {
        let most = try #require(ByteCount(bytes: .max))
        let report = PoolReport(
            name: "pool",
            kind: "test",
            capacity: .success(PoolCapacity(total: most, free: most)),
            capabilities: DriverCapabilities(isThin: true, granule: .zero),
            overSubscriptionRatio: 20,
            hasAutomaticRatio: true,
            reservedPercentage: 0
        )
        let ratio = report.overSubscriptionRatio(provisioned: most)
        #expect(ratio.isFinite && ratio > 1)
        #expect(try #require(PoolRoom(report, promised: most)).virtual == .zero)
    }

    @Test func `pools on the same space have one ratio, which expressions see`() throws {
        let example = Case(id: "shared", free: 51, ratio: 3)
        let pools = [
            try report(example, name: "a", backing: "disk", filter: "stats.max_over_subscription_ratio == 3"),
            try report(example, name: "b", backing: "disk"),
        ]
        let provisioned = ["b": ProvisionedCapacity(volumes: 1, size: try gibibytes(100))]
        var request = Scheduler.Request(size: .exactly(try gibibytes(200)), pool: nil)
        request.volume = ExpressionProperties.Volume(project: "default", size: 200)
        let fitting = Scheduler().judge(pools, provisioned: provisioned, for: request)
        #expect(fitting.map(\.decision) == [.chosen, .eligible])
        #expect(fitting[1].why.contains("200 GiB can be provisioned (100 GiB at ratio 3.0, 100 GiB provisioned"))
        request = Scheduler.Request(size: .exactly(try gibibytes(201)), pool: nil)
        let large = Scheduler().judge(pools, provisioned: provisioned, for: request)
        #expect(large.map(\.filter) == ["CapacityFilter", "CapacityFilter"])
    }

    private func gibibytes(_ number: Int64) throws -> ByteCount { try #require(ByteCount(gibibytes: number)) }

    private func report(
        _ example: Case,
        name: String = "pool",
        backing: String? = nil,
        filter: String? = nil
    ) throws -> PoolReport {
        let capacity: Result<PoolCapacity, DriverError> =
            try example.total
            .map { total in
                .success(
                    PoolCapacity(total: try gibibytes(total), free: try gibibytes(example.free), backing: backing)
                )
            } ?? .failure(DriverError(.unavailable, "away"))
        return PoolReport(
            name: name,
            kind: "test",
            capacity: capacity,
            capabilities: DriverCapabilities(isThin: example.isThin, granule: .zero),
            overSubscriptionRatio: 20,
            hasAutomaticRatio: true,
            reservedPercentage: 0,
            placement: PoolPlacement(filterFunction: filter)
        )
    }
}
