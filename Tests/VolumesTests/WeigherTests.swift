import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// Cinder's cases of its weighers, on its pools, in GiB.
struct WeigherTests {
    private struct Host {
        let total: Int64
        let free: Int64
        let provisioned: Int64
        var ratio = 1.0
        var isThin = false
        let reserved: Int
    }

    /// Without the fifth pool, whose capacity is unknown: here, a pool that reports no capacity is down.
    private static let hosts = [
        "host1": Host(total: 1024, free: 1024, provisioned: 0, reserved: 10),
        "host2": Host(total: 2048, free: 300, provisioned: 1748, ratio: 1.5, isThin: true, reserved: 10),
        "host3": Host(total: 512, free: 256, provisioned: 256, ratio: 2, reserved: 0),
        "host4": Host(total: 2048, free: 200, provisioned: 2047, isThin: true, reserved: 5),
    ]

    private func reports(goodness: [String: String] = [:]) throws -> [PoolReport] {
        try Self.hosts.sorted { $0.key < $1.key }
            .map { name, host in
                PoolReport(
                    name: name,
                    kind: "test",
                    capacity: .success(
                        PoolCapacity(total: try gibibytes(host.total), free: try gibibytes(host.free))
                    ),
                    capabilities: DriverCapabilities(isThin: host.isThin, granule: .zero),
                    extraCapabilities: ["foo": "50"],
                    overSubscriptionRatio: host.ratio,
                    reservedPercentage: host.reserved,
                    placement: PoolPlacement(goodnessFunction: goodness[name])
                )
            }
    }

    private func provisioned() throws -> [String: ProvisionedCapacity] {
        try Self.hosts.reduce(into: [:]) { pools, host in
            let number = Int(host.key.suffix(1)) ?? 0
            pools[host.key] = ProvisionedCapacity(volumes: number, size: try gibibytes(host.value.provisioned))
        }
    }

    private func gibibytes(_ count: Int64) throws -> ByteCount { try #require(ByteCount(gibibytes: count)) }

    private func judge(
        _ options: SchedulerOptions,
        specs: [String: String] = [:],
        goodness: [String: String] = [:]
    ) throws -> [PoolVerdict] {
        var request = Scheduler.Request(size: .exactly(try gibibytes(1)), pool: nil)
        request.extraSpecs = ExtraSpecs(values: specs)
        return Scheduler(options: options)
            .judge(try reports(goodness: goodness), provisioned: try provisioned(), for: request)
    }

    private func chosen(_ verdicts: [PoolVerdict]) -> String? { verdicts.first { $0.decision == .chosen }?.pool }

    @Test func `C34: the pool with the most provisionable capacity wins, or the most real capacity for a thick type`()
        throws
    {
        let verdicts = try judge(SchedulerOptions())
        #expect(chosen(verdicts) == "host2")
        #expect(verdicts[1].weight == 1)
        #expect(verdicts.prefix(3).compactMap { $0.scores?.first?.value.rounded() } == [922, 1017, 256])
        #expect(try chosen(judge(SchedulerOptions(), specs: ["provisioning:type": "thick"])) == "host1")
    }

    @Test(arguments: [(-1.0, "host1"), (1, "host2"), (-2, "host1")])
    func `C39: allocated capacity prefers the emptiest or the fullest pool`(multiplier: Double, pool: String) throws {
        let verdicts = try judge(
            SchedulerOptions(weighings: [.init(StandardWeigher.allocatedCapacity, times: multiplier)])
        )
        // The fullest of Cinder's pools can take nothing here.
        #expect(verdicts[3].decision == .rejected)
        #expect(chosen(verdicts) == pool)
        #expect(verdicts.first { $0.pool == pool }?.weight == (multiplier > 0 ? 1 : 0))
    }

    @Test(arguments: [(-1.0, "host1"), (1, "host3")])
    func `C39: the number of volumes prefers the pool with the fewest or the most`(multiplier: Double, pool: String)
        throws
    {
        let options = SchedulerOptions(weighings: [.init(StandardWeigher.volumeNumber, times: multiplier)])
        #expect(try chosen(judge(options)) == pool)
    }

    @Test(arguments: [
        ([], []), ([0, 0], [0, 0]), ([1, 1], [0, 0]), ([20, 50], [0, 1]), ([0, 50, 100], [0, 0.5, 1]),
        ([-Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude], [0, 1]),
    ])
    func `C40: values are normalised by the least and the largest`(values: [Double], expected: [Double]) {
        #expect(Scheduler.normalized(values) == expected)
    }

    @Test(arguments: [
        ("100", 100), ("0", 0), ("100 / 2", 50), ("10 + capabilities.foo", 60),
        ("stats.free_capacity_gb > 20 ? 50 : 1", 50), ("stats.free_capacity_gb > 20", 100), ("stats.nothing", 0),
        ("50 / 0", 0), ("-10", 0), ("200", 0), ("'good'", 0),
    ])
    func `C42: a goodness from 0 to 100 counts, and anything else is 0`(function: String, value: Double) throws {
        let options = SchedulerOptions(weighings: [.init(StandardWeigher.goodness)])
        let verdicts = try judge(options, goodness: ["host1": function])
        #expect(verdicts[0].scores?.first?.value == value)
    }

    @Test func `a random weight is from 0 to 1`() throws {
        let verdicts = try judge(SchedulerOptions(weighings: [.init(StandardWeigher.chance)]))
        #expect(verdicts.prefix(3).allSatisfy { (0..<1).contains($0.scores?.first?.value ?? -1) })
        #expect(chosen(verdicts) != nil)
    }

    @Test func `equal weights keep the order of the configuration`() throws {
        let options = SchedulerOptions(weighings: [.init(StandardWeigher.goodness)])
        #expect(try chosen(judge(options)) == "host1")
        #expect(try chosen(judge(SchedulerOptions(weighings: []))) == "host1")
    }

    @Test(arguments: [
        (0.0, "host1"), (0.41, "host1"), (0.43, "host2"), (0.87, "host2"), (0.89, "host3"), (0.999, "host3"),
    ])
    func `C41: the stochastic handler draws a pool with a probability proportional to its weight`(
        drawn: Double,
        pool: String
    ) throws {
        #expect(try chosen(judge(SchedulerOptions(handler: .stochastic, random: { drawn }))) == pool)
    }

    @Test func `a weigher of the program's own counts beside the others, and what is no number counts as 0`() throws {
        struct Favourite: PoolWeigher {
            let pool: String
            var name: String { "favourite" }
            func weight(of pool: WeighedPool) -> Double { pool.report.name == self.pool ? 1 : .nan }
        }
        let options = SchedulerOptions(weighings: [
            .init(StandardWeigher.capacity), .init(Favourite(pool: "host3"), times: 2),
        ])
        let verdicts = try judge(options)
        #expect(chosen(verdicts) == "host3")
        #expect(verdicts[2].scores?.map(\.weigher) == ["capacity", "favourite"])
        #expect(verdicts[0].scores?.last?.value == 0)
    }
}
