import Foundation
import TestKit
import Testing

/// The scheduler as people ask it.
@Suite(.scratchDirectory)
struct PlanTests {
    private struct PlanRecord: Decodable {
        struct Pool: Decodable {
            let pool: String
            let verdict: String
            let filter: String?
            let weight: Double?
            let checks: [Check]?
        }
        struct Check: Decodable {
            let filter: String
            let passes: Bool
        }
        let schema: String
        let existing: String?
        let pool: String?
        let sizeBytes: Int64
        let pools: [Pool]
        let steps: [String]
    }

    private func configure(_ more: String = "") throws -> [String: String] {
        let path = ScratchDirectory.path
        let config = try Scratch.write(
            """
            enabled-pools: [fast, bulk]
            pools:
              fast: {path: \(path)/fast, zone: az1}
              bulk: {path: \(path)/bulk, zone: az2, over-subscription-ratio: 10}
            \(more)
            """
        )
        return ["VOLUMECTL_CONFIG": config]
    }

    @Test func `a plan and a dry run show the same, and nothing is created`() async throws {
        let variables = try configure()
        let plan: PlanRecord = try await volumectl("plan", "data", "1M", "-o", "json", with: variables).json()
        #expect(plan.schema == "volumectl.plan/v1" && plan.pool == "fast" && plan.sizeBytes == 1 << 20)
        #expect(plan.pools.map(\.verdict) == ["chosen", "eligible"] && plan.pools[0].weight == 1)
        let dry: PlanRecord =
            try await volumectl("create", "data", "1M", "--dry-run", "-o", "json", with: variables).json()
        #expect(dry.pool == plan.pool && dry.steps == plan.steps)
        #expect(try await volumectl("ls", "-q", with: variables).output.isEmpty)
        let table = try await volumectl("plan", "data", "1M", "--zone", "az2", "--explain", with: variables)
        expect(0, from: table)
        for part in [
            #/(?m)^QUOTA +USED +AFTER +LIMIT$/#, #/(?m)^volumes +0 +1 +unlimited$/#,
            #/(?m)^bulk +chosen .* capacity 0\.00 x1\.0$/#,
            #/(?m)^fast +AvailabilityZoneFilter +rejected +wants zone az2, and the pool is in az1$/#,
            #/(?m)^bulk +CapacityFilter +passed +needs 1 MiB, /#, #/STEPS  survey-pools > /#,
        ] {
            #expect(table.output.contains(part), "\(table)")
        }
    }

    @Test func `a plan takes all that a create does`() async throws {
        let variables = try configure("default-type: gold")
        expect(3, from: try await volumectl("plan", "data", "1M", with: variables))
        try await volumectl("type", "create", "gold", with: variables)
        try await volumectl("type", "create", "silver", with: variables)
        try await volumectl("group", "create", "pair", "--type", "gold", with: variables)
        expect(0, from: try await volumectl("plan", "data", "1M", "--group", "pair", with: variables))
        expect(0, from: try await volumectl("plan", "--size", "1M", with: variables))
        let words = ["data", "1M", "--group", "pair", "--type", "silver"]
        let other = try await volumectl(["plan"] + words, with: variables)
        expect(64, from: other)
        #expect(try await other.error.headline == volumectl(["create"] + words, with: variables).error.headline)
        expect(3, from: try await volumectl("plan", "data", "1M", "--group", "none", with: variables))
        let image = try Scratch.write(String(repeating: "x", count: 4096), to: "work/disk.raw")
        expect(0, from: try await volumectl("plan", "data", "--image", image, "--image-format", "raw", with: variables))
        expect(64, from: try await volumectl("plan", "data", "--image", image, with: variables))
    }

    @Test func `a plan ends as the create would`() async throws {
        let variables = try configure("quota: {volumes: 0}")
        expect(5, from: try await volumectl("plan", "data", "1M", with: variables))
        let open = try configure()
        let full = try await volumectl("plan", "data", "9000000T", with: open)
        expect(64, from: full)
        let none = try await volumectl("plan", "data", "4000000T", with: open)
        expect(6, from: none)
        #expect(try none.error.verdicts.count == 3)
        expect(3, from: try await volumectl("plan", "data", "1M", "--zone", "az9", with: open))
        expect(64, from: try await volumectl("plan", "data", with: open))
    }

    @Test func `what was compared is shown for a past create`() async throws {
        let variables = try configure()
        try await volumectl("create", "data", "1M", with: variables)
        let flow = try #require(try await volumectl("flow", "ls", "-q", with: variables).lines.first)
        let shown = try await volumectl("flow", "show", flow, "--explain", with: variables)
        #expect(shown.output.contains(#/fast +chosen .* capacity 1\.00 x1\.0/#), "\(shown)")
        #expect(shown.output.contains(#/bulk +CapacityFilter +passed +needs 1 MiB/#), "\(shown)")
    }

    @Test func `a disabled pool says when, why and by whom, and how to enable it`() async throws {
        let variables = try configure()
        let run = try await volumectl("pool", "disable", "fast", "--reason", "disk swap", with: variables)
        #expect(run.output.contains(#/^pool "fast" disabled since .* by .*: "disk swap"; it is empty/#), "\(run)")
        let listed = try await volumectl("pool", "ls", with: variables)
        #expect(listed.output.contains(#/(?m)^fast +loopback +disabled .*"disk swap"/#), "\(listed)")
        let refused = try await volumectl("create", "data", "1M", "--pool", "fast", with: variables)
        expect(6, from: refused)
        #expect(refused.errors.contains("volumectl pool enable fast"))
        expect(0, from: try await volumectl("create", "data", "1M", with: variables))
        let drained = try await volumectl("pool", "drain", "bulk", with: variables)
        #expect(
            drained.lines.count == 2 && drained.lines[0].contains("1 volume is still there")
                && drained.lines[1] == "  data"
        )
        let shown = try await volumectl("pool", "show", "bulk", with: variables)
        #expect(shown.output.contains("none: draining since"), "\(shown)")
        expect(0, from: try await volumectl("pool", "enable", "fast", with: variables))
        expect(0, from: try await volumectl("create", "more", "1M", "--pool", "fast", with: variables))
        expect(64, from: try await volumectl("pool", "disable", "fast", with: variables))
        expect(64, from: try await volumectl("pool", "disable", "fast", "--reason", " ", with: variables))
        expect(3, from: try await volumectl("pool", "disable", "gone", "--reason", "x", with: variables))
    }

    @Test func `configured weighers decide, and mistakes in them are refused with their place`() async throws {
        let variables = try configure("scheduler: {weighers: {volume-number: -1}}")
        for (name, pool) in [("one", "fast"), ("two", "bulk"), ("three", "fast")] {
            let volume: VolumeRecord =
                try await volumectl("create", name, "1M", "-o", "json", with: variables).json()
            #expect(volume.pool == pool)
        }
        for (mistake, words) in [
            ("scheduler: {weighers: {capacity: heavy}}", "'heavy' is not a number"),
            ("scheduler: {weighers: {luck: 1}}", "luck"),
            ("scheduler: {weight-handler: first}", "heaviest or stochastic"),
            ("scheduler: {max-attempts: 0}", "'0' is not a whole number from 1"),
            ("scheduler: {max-attempts: many}", "'many' is not a whole number"),
            ("  more: {filter-function: \"1 +\"}", "it ends where a value is expected"),
            ("  more: {goodness-function: \"size\"}", "'size' at character 1 is unknown"),
        ] {
            var variables = try configure(mistake)
            if mistake.contains("more:") { variables["VOLUMECTL_ENABLED_POOLS"] = "fast,more" }
            let run = try await volumectl("plan", "data", "1M", with: variables)
            expect(64, from: run)
            #expect(run.errors.contains(words), "\(run)")
        }
    }
}
