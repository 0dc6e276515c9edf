import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct PoolTests {
    /// Two usable pools, and one whose directory can't exist.
    private func configure() throws -> [String: String] {
        let file = try Scratch.write("", to: "a-file")
        let config = try Scratch.write(
            """
            enabled-pools: [fast, bulk, gone]
            pools:
              fast:
                driver: loopback
                path: \(ScratchDirectory.path)/fast/
                over-subscription-ratio: 2
              bulk:
                path: \(ScratchDirectory.path)/bulk
                reserved-percentage: 10
              gone:
                path: \(file)/pool
            """
        )
        return ["VOLUMECTL_CONFIG": config]
    }

    @Test func `a pool's limits are shown`() async throws {
        let config = try Scratch.write("pools:\n  default: {promised-limit: 20G, allocated-limit: 1G}\n")
        let variables = ["VOLUMECTL_CONFIG": config]
        let shown = try await volumectl("pool", "show", "default", with: variables)
        for limit in ["promised-limit +20G", "allocated-limit +1G"] {
            #expect(try shown.output.contains(Regex(limit)), "\(shown)")
        }
        let json = try await volumectl("pool", "show", "default", "-o", "json", with: variables).output
        for limit in [#""promised_limit" : "20G""#, #""allocated_limit" : "1G""#] { #expect(json.contains(limit)) }
    }

    @Test func `an automatic over-subscription ratio is shown with the number that it comes to`() async throws {
        let config = try Scratch.write("pools:\n  default: {over-subscription-ratio: auto}\n")
        let variables = ["VOLUMECTL_CONFIG": config]
        let empty: [PoolRecord] = try await volumectl("pool", "ls", "-o", "json", with: variables).json()
        #expect(empty.map(\.overSubscriptionRatio) == [20])
        let shown = try await volumectl("pool", "show", "default", with: variables)
        #expect(shown.output.contains(#/(?m)^over-subscription +20\.0 times the capacity, automatic$/#), "\(shown)")
        try await volumectl("create", "a", "1G", with: variables)
        let used: [PoolRecord] = try await volumectl("pool", "ls", "-o", "json", with: variables).json()
        let ratio = try #require(used.first?.overSubscriptionRatio)
        // The file system has other content, which counts as used.
        #expect(ratio > 1 && ratio <= 2)
        let json = try await volumectl("pool", "show", "default", "-o", "json", with: variables)
        #expect(json.output.contains("\"over_subscription_is_automatic\" : true"), "\(json)")
        let values = try await volumectl("config", "show", with: variables)
        #expect(values.output.contains(#/over-subscription-ratio +auto/#), "\(values)")
    }

    @Test func `pools are as configured, and one that is down says why`() async throws {
        let pools: [PoolRecord] = try await volumectl("pool", "ls", "-o", "json", with: configure()).json()
        #expect(pools.map(\.name) == ["fast", "bulk", "gone"])
        #expect(pools.map(\.state) == ["up", "up", "down"])
        #expect(pools.map(\.overSubscriptionRatio) == [2, 20, 20])
        #expect(pools.map(\.reservedPercentage) == [0, 10, 0])
        #expect(pools.map { $0.totalBytes == nil } == [false, false, true])
        #expect(pools[2].reason?.contains("Not a directory") == true)
        let table = try await volumectl("pool", "ls", with: configure())
        #expect(table.lines.count == 4)
        #expect(table.lines[3].hasPrefix("gone  loopback  down "))
        #expect(table.lines[3].contains("Not a directory"))
    }

    @Test func `a volume is created in the requested pool`() async throws {
        let variables = try configure()
        for pool in ["fast", "bulk"] {
            let volume: VolumeRecord =
                try await volumectl("create", "on-\(pool)", "1M", "--pool", pool, "-o", "json", with: variables).json()
            #expect(volume.pool == pool)
            #expect(volume.location == "\(ScratchDirectory.path)/\(pool)/volume-\(volume.id)")
        }
        let preferred = variables.merging(["VOLUMECTL_POOL": "bulk"]) { $1 }
        let volume: VolumeRecord = try await volumectl("create", "a", "1M", "-o", "json", with: preferred).json()
        #expect(volume.pool == "bulk")
        let other: VolumeRecord =
            try await volumectl("create", "b", "1M", "--pool", "fast", "-o", "json", with: preferred).json()
        #expect(other.pool == "fast")
        let pools: [PoolRecord] = try await volumectl("pool", "ls", "-o", "json", with: variables).json()
        #expect(pools.map(\.volumes) == [2, 2, 0])
        #expect(pools.map(\.promisedBytes) == [2 << 20, 2 << 20, 0])
    }

    @Test func `a pool that is down gets no volumes, and the others do`() async throws {
        let variables = try configure()
        let run = try await volumectl("create", "a", "1M", "--pool", "gone", with: variables)
        expect(6, from: run)
        let verdicts = try run.error.verdicts
        // Only the candidate pool is asked.
        #expect(verdicts.count == 2)
        #expect(verdicts.last?.contains("PoolState: down: ") == true)
        #expect(verdicts.last?.contains("Not a directory") == true)
        let volume: VolumeRecord = try await volumectl("create", "a", "1M", "-o", "json", with: variables).json()
        #expect(volume.pool != "gone")
    }

    @Test func `the objects of a pool are filtered, sorted and printed as all records are`() async throws {
        for (name, size) in [("a", "3M"), ("b", "1M"), ("c", "2M")] { try await volumectl("create", name, size) }
        let list = try await volumectl(
            "pool",
            "objects",
            "default",
            "--filter",
            "size<3M",
            "--sort",
            "size:desc",
            "-c",
            "owner,size",
            "-o",
            "csv"
        )
        #expect(list.lines == ["label,size_bytes", "c,2097152", "b,1048576"], "\(list)")
        let refused = try await volumectl("pool", "objects", "default", "-c", "colour")
        expect(64, from: refused)
        #expect(try refused.error.cause?.hasPrefix("the fields are name, kind, size, owner, state, why") == true)
    }

    @Test func `a configuration without pools is reported`() async throws {
        let config = try Scratch.write("enabled-pools: []")
        expect(0, from: try await volumectl("pool", "ls", "--config", config))
        let run = try await volumectl("create", "a", "1M", "--config", config)
        expect(6, from: run)
        #expect(try run.error.cause == "no pool is configured")
    }

    @Test func `a volume whose pool is no longer configured is still listed`() async throws {
        let variables = try configure()
        try await volumectl("create", "a", "1M", "--pool", "fast", with: variables)
        let volume: VolumeRecord = try await volumectl("show", "a", "-o", "json").json()
        #expect(volume.pool == "fast" && volume.location == nil)
        let table = try await volumectl("show", "a")
        expect(0, from: table)
        #expect(table.output.contains("pool \"fast\" is not configured"))
        #expect(Scratch.volumeFiles(in: ScratchDirectory.path + "/fast") == ["volume-\(volume.id)"])
    }
}
