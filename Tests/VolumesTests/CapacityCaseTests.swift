import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// Cinder's cases of its capacity filter and weigher, in GiB. A comment marks a case with another result than in Cinder.
struct CapacityCaseTests {
    /// A pool in Cinder's terms, and a request.
    struct Case: CustomTestStringConvertible {
        var total: Int64 = 500
        let free: Int64
        var provisioned: Int64 = 0
        var ratio = 1.0
        var reserved = 0
        var isThin = false
        /// Whether the volume's type wants its space at once.
        var isThick = false
        let asked: Int64
        /// What can still be provisioned.
        let left: Int64
        var fits = true

        var testDescription: String {
            "\(asked) of \(free)/\(total), \(provisioned) provisioned at \(ratio), \(reserved) % reserved"
                + (isThin ? ", thin" : "") + (isThick ? ", thick type" : "")
        }
    }

    private func report(_ example: Case, name: String = "pool", zone: String? = nil) throws -> PoolReport {
        PoolReport(
            name: name,
            kind: "test",
            capacity: .success(
                PoolCapacity(total: try gibibytes(example.total), free: try gibibytes(example.free))
            ),
            capabilities: DriverCapabilities(isThin: example.isThin, granule: .zero),
            overSubscriptionRatio: example.ratio,
            reservedPercentage: example.reserved,
            placement: PoolPlacement(zone: zone)
        )
    }

    private func gibibytes(_ count: Int64) throws -> ByteCount { try #require(ByteCount(gibibytes: count)) }

    private func verdict(_ example: Case) throws -> PoolVerdict {
        var request = Scheduler.Request(size: .exactly(try gibibytes(example.asked)), pool: nil)
        if example.isThick { request.extraSpecs = ExtraSpecs(values: ["provisioning:type": "thick"]) }
        let provisioned = ["pool": ProvisionedCapacity(volumes: 1, size: try gibibytes(example.provisioned))]
        return try #require(
            Scheduler().judge([try report(example)], provisioned: provisioned, for: request).first
        )
    }

    private func check(_ example: Case, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let verdict = try verdict(example)
        #expect(verdict.virtualFree == (try gibibytes(example.left)), sourceLocation: sourceLocation)
        #expect((verdict.decision == .chosen) == example.fits, "\(verdict.why)", sourceLocation: sourceLocation)
        #expect(verdict.filter == (example.fits ? nil : "CapacityFilter"), sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        Case(free: 200, asked: 100, left: 200),
        Case(total: 200, free: 120, reserved: 20, asked: 121, left: 80, fits: false),
        // Cinder would let up to 120 pass, and so give the reserved 40 away.
        Case(total: 200, free: 120, reserved: 20, asked: 81, left: 80, fits: false),
        Case(total: 200, free: 120, reserved: 20, asked: 80, left: 80),
        Case(total: 0, free: 0, asked: 1, left: 0, fits: false),
    ])
    func `C19: a thick pool takes what is free beside the reserved share`(example: Case) throws {
        try check(example)
    }

    @Test func `C20: a pool without a known capacity is down, however much is reserved`() throws {
        for reserved in [0, 5] {
            let unknown = PoolReport(
                name: "pool",
                kind: "test",
                capacity: .failure(DriverError(.unavailable, "its capacity is unknown")),
                capabilities: DriverCapabilities(isThin: false, granule: .zero),
                overSubscriptionRatio: 1,
                reservedPercentage: reserved
            )
            let request = Scheduler.Request(size: .exactly(try gibibytes(100)), pool: nil)
            let verdict = try #require(Scheduler().judge([unknown], provisioned: [:], for: request).first)
            #expect(verdict.filter == "PoolState" && verdict.why == "down: its capacity is unknown")
        }
    }

    @Test(arguments: [
        Case(free: 200, provisioned: 500, ratio: 2, reserved: 5, isThin: true, asked: 100, left: 450),
        Case(free: 200, provisioned: 500, ratio: 2, reserved: 5, isThin: true, asked: 450, left: 450),
        Case(free: 200, provisioned: 500, ratio: 2, reserved: 5, isThin: true, asked: 451, left: 450, fits: false),
        Case(free: 200, provisioned: 7000, ratio: 20, reserved: 5, isThin: true, asked: 2500, left: 2500),
    ])
    func `C21: a thin pool takes what its ratio leaves, also more than is free`(example: Case) throws {
        try check(example)
    }

    @Test(arguments: [
        Case(free: 200, provisioned: 300, reserved: 5, asked: 100, left: 175),
        Case(free: 200, provisioned: 300, ratio: 20, reserved: 5, asked: 176, left: 175, fits: false),
        Case(free: 100, provisioned: 400, reserved: 5, asked: 100, left: 75, fits: false),
    ])
    func `C23: a thick pool's ratio does not count`(example: Case) throws { try check(example) }

    @Test(arguments: [
        Case(free: 200, provisioned: 100, ratio: 0.8, isThin: true, asked: 1, left: 0, fits: false),
        Case(free: 200, provisioned: 400, ratio: 1, isThin: true, asked: 150, left: 100, fits: false),
        Case(free: 200, provisioned: 400, ratio: 1, isThin: true, asked: 100, left: 100),
        // A ratio that means nothing for a thick type does not keep its volumes out.
        Case(free: 200, provisioned: 100, ratio: 0.8, isThin: true, isThick: true, asked: 200, left: 200),
    ])
    func `C24: a ratio below 1 lets nothing pass, and at 1 no more than there is`(example: Case) throws {
        try check(example)
    }

    @Test(arguments: [
        Case(free: 100, provisioned: 1000, ratio: 2, reserved: 5, isThin: true, asked: 100, left: 0, fits: false),
        Case(free: 0, provisioned: 800, ratio: 2, reserved: 5, isThin: true, asked: 151, left: 150, fits: false),
        // Cinder would create 150 on a device on which nothing can be written.
        Case(free: 0, provisioned: 800, ratio: 2, reserved: 5, isThin: true, asked: 150, left: 150, fits: false),
        Case(free: 26, provisioned: 800, ratio: 2, reserved: 5, isThin: true, asked: 150, left: 150),
        Case(free: 25, provisioned: 800, ratio: 2, reserved: 5, isThin: true, asked: 150, left: 150, fits: false),
        Case(free: 125, provisioned: 400, ratio: 2, reserved: 5, isThin: true, asked: 100, left: 550),
        // The type wants the space of its volumes at once.
        Case(
            free: 125,
            provisioned: 400,
            ratio: 2,
            reserved: 5,
            isThin: true,
            isThick: true,
            asked: 100,
            left: 75,
            fits: false
        ),
    ])
    func `C26: a thin pool takes nothing when all of it is provisioned, written or reserved`(example: Case) throws {
        try check(example)
    }

    @Test(arguments: [Case(free: 200, asked: 100 - 50, left: 200), Case(free: 49, asked: 50, left: 49, fits: false)])
    func `C28: an extension needs room for what is added`(example: Case) throws { try check(example) }

    @Test func `C29: a pool passes if it is in one of the zones`() throws {
        let pools = try ["nova1", "nova2", "nova3", nil]
            .map { try report(Case(free: 200, asked: 1, left: 200), name: $0 ?? "nowhere", zone: $0) }
        for (zones, passing) in [
            (["nova1", "nova2"], ["nova1", "nova2"]), (["nova1"], ["nova1"]), (["nova4"], []),
            ([], ["nova1", "nova2", "nova3", "nowhere"]),
        ] as [([String], [String])] {
            var request = Scheduler.Request(size: .exactly(try gibibytes(1)), pool: nil)
            request.zones = zones
            let verdicts = Scheduler().judge(pools, provisioned: [:], for: request)
            #expect(verdicts.filter { $0.decision != .rejected }.map(\.pool) == passing)
            #expect(verdicts.compactMap(\.filter).allSatisfy { $0 == "AvailabilityZoneFilter" })
        }
    }

    @Test func `C30: a pool on which an attempt has failed is not tried again, and says why`() throws {
        let pools = try ["host1", "host2"].map { try report(Case(free: 200, asked: 1, left: 200), name: $0) }
        for (tried, chosen) in [([], "host1"), (["host2"], "host1"), (["host1"], "host2"), (["host1", "host2"], nil)]
            as [([String], String?)]
        {
            var request = Scheduler.Request(size: .exactly(try gibibytes(1)), pool: nil)
            request.tried = tried.map { PoolAttempt(pool: $0, error: DriverError(.retryableElsewhere, "full")) }
            let verdicts = Scheduler().judge(pools, provisioned: [:], for: request)
            #expect(verdicts.first { $0.decision == .chosen }?.pool == chosen)
            for verdict in verdicts where tried.contains(verdict.pool) {
                #expect(verdict.filter == "Attempted" && verdict.why == "full")
            }
        }
    }

    @Test func `C34: raw weights are normalised as by Cinder, and those of its pools are equal but for whole GiB`()
        throws
    {
        let normalized = Scheduler.normalized([922, 1018, 256, -101, -1])
        for (value, expected) in zip(normalized, [0.914209, 1, 0.319035, 0, 0.089366]) {
            #expect(abs(value - expected) < 0.000_001)
        }
        // Cinder rounds the reserved share down to whole GiB.
        for (example, expected) in [
            (Case(total: 1024, free: 1024, reserved: 10, asked: 1, left: 0), 921.6),
            (
                Case(
                    total: 2048,
                    free: 300,
                    provisioned: 1748,
                    ratio: 1.5,
                    reserved: 10,
                    isThin: true,
                    asked: 1,
                    left: 0
                ),
                1016.8
            ),
            (Case(total: 512, free: 256, provisioned: 256, ratio: 2, asked: 1, left: 0), 256),
            (
                Case(
                    total: 2048,
                    free: 300,
                    provisioned: 1748,
                    ratio: 1.5,
                    reserved: 10,
                    isThin: true,
                    isThick: true,
                    asked: 1,
                    left: 0
                ), 95.2
            ),
        ] {
            let value = try verdict(example).scores?.first?.value ?? 0
            #expect(abs(value - expected) < 0.000_001, "\(example)")
        }
        let full = Case(total: 2048, free: 200, provisioned: 2047, reserved: 5, isThin: true, asked: 1, left: 0)
        #expect(try verdict(full).filter == "CapacityFilter")
    }

    @Test(arguments: [
        Case(total: 100, free: 90, provisioned: 10, reserved: 5, isThin: true, asked: 1, left: 85),
        Case(total: 100, free: 4, provisioned: 96, reserved: 5, isThin: true, asked: 1, left: 0, fits: false),
        Case(total: 100, free: 10, provisioned: 90, reserved: 5, isThin: true, asked: 10, left: 5, fits: false),
        Case(total: 100, free: 10, provisioned: 100, reserved: 5, isThin: true, asked: 1, left: 0, fits: false),
    ])
    func `C60: a file system takes a file that fits beside its files and its reserved share`(example: Case) throws {
        try check(example)
    }

    @Test func `C60: of two file systems the one with the most room is chosen, and none that is full`() throws {
        func chosen(_ pools: [(total: Int64, free: Int64, allocated: Int64)]) throws -> String? {
            let named = zip(["a", "b"], pools)
            let reports = try named.map { name, pool in
                let example = Case(total: pool.total, free: pool.free, reserved: 5, isThin: true, asked: 1, left: 0)
                return try report(example, name: name)
            }
            let provisioned = try Dictionary(
                uniqueKeysWithValues: named.map { name, pool in
                    (name, ProvisionedCapacity(volumes: 1, size: try gibibytes(pool.allocated)))
                }
            )
            let request = Scheduler.Request(size: .exactly(try gibibytes(1)), pool: nil)
            return Scheduler().judge(reports, provisioned: provisioned, for: request)
                .first { $0.decision == .chosen }?
                .pool
        }
        #expect(try chosen([(5, 2, 2), (10, 3, 1)]) == "b")
        #expect(try chosen([(5, 0, 5), (10, 0, 10)]) == nil)
        #expect(try chosen([]) == nil)
    }
}
