import Foundation
import PoolConfiguration
import TestKit
import Testing
import VolumeAPI

/// The effective configuration lists each value with its source.
@Suite(.scratchDirectory)
struct ConfiguredValueTests {
    private func values(_ text: String, _ variables: [String: String] = [:]) async throws -> [String: ConfiguredValue] {
        let values = try await read(write(text), variables).configuration.values
        return Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0) })
    }

    private var file: String { ScratchDirectory.path + "/config.yaml" }

    @Test(arguments: ["-1", "unlimited"])
    func `no limit is written as Cinder does, or as a word`(limit: String) async throws {
        let file = try write("quota: {snapshots: \(limit), gigabytes: \(limit)}\nhistory: {days: \(limit)}\n")
        let configuration = try await read(file).configuration
        #expect(configuration.limits.snapshots == nil && configuration.limits.gigabytes == nil)
        #expect(configuration.history.days == nil)
    }

    @Test func `a variable overrides a file, which overrides the default`() async throws {
        let values = try await values(
            "project: file\nquota:\n  volumes: 7\n  gigabytes: 1T\nhistory:\n  days:\n",
            ["VOLUMECTL_PROJECT": "variable"]
        )
        let expected: [(String, String?, ConfiguredValue.Origin)] = [
            ("project", "variable", .variable("VOLUMECTL_PROJECT")), ("quota.volumes", "7", .file(file, line: 3)),
            ("quota.gigabytes", "1024", .file(file, line: 4)), ("quota.per-volume-gigabytes", "-1", .builtIn),
            ("quota.snapshots", "10", .builtIn), ("quota.groups", "10", .builtIn),
            ("history.days", "90", .builtIn), ("history.flows", "100000", .builtIn), ("pool", nil, .builtIn),
            ("enabled-pools", "[default]", .builtIn), ("pools.default.driver", "loopback", .builtIn),
            ("state-directory", ScratchDirectory.path + "/state", .variable("VOLUMECTL_STATE_DIRECTORY")),
            ("db", ScratchDirectory.path + "/state/volumectl.db", .builtIn),
            ("pools.default.path", ScratchDirectory.path + "/state/pools/default", .builtIn),
        ]
        for (key, value, origin) in expected {
            #expect(values[key] == ConfiguredValue(key: key, value: value, origin: origin))
        }
    }

    @Test func `a pool has the keys of its driver only`() async throws {
        let values = try await values(
            """
            enabled-pools: [own, group]
            pools:
              own:
                driver: external
                command: [/bin/true, a, b]
                reserved-percentage: 5
              group: {driver: lvm, volume-group: vg}
            """,
            ["VOLUMECTL_POOLS_OWN_TIME_LIMIT": "7"]
        )
        #expect(values["pools.own.command"]?.value == "[/bin/true, a, b]")
        #expect(values["pools.own.command"]?.origin == .file(file, line: 5))
        #expect(values["pools.own.time-limit"]?.origin == .variable("VOLUMECTL_POOLS_OWN_TIME_LIMIT"))
        #expect(values["pools.own.reserved-percentage"]?.origin.description == "\(file):6")
        #expect(values["pools.group.volume-group"]?.value == "vg")
        #expect(
            values["pools.group.lvm-mirrors"] == .init(key: "pools.group.lvm-mirrors", value: "0", origin: .builtIn)
        )
        #expect(values["pools.own.path"] == nil && values["pools.group.path"] == nil)
    }

    private static let sample = URL(filePath: #filePath).appending(path: "../../../etc/volumectl.yaml").standardized

    @Test(.enabled(if: FileManager.default.fileExists(atPath: sample.path), "the sample is not there"))
    func `the sample contains the defaults`() async throws {
        let (sample, none) = (try await read(Self.sample.path), try await read(write("")))
        #expect(sample.warnings.isEmpty)
        #expect(sample.configuration.values.map(\.value) == none.configuration.values.map(\.value))
        #expect(ConfigurationSample.text + "\n" == (try String(contentsOf: Self.sample, encoding: .utf8)))
    }

    @Test func `shown values can be configured and have the same effect`() async throws {
        let before = try await read(write("quota: {gigabytes: 3}\n")).configuration.values
        let text = before.filter { !$0.key.contains(".") && $0.key != "pool" }
            .map { "\($0.key): \($0.value ?? "")\n" }.joined()
        let after = try await read(write(text)).configuration.values
        #expect(
            after.filter { !$0.key.contains(".") }.map(\.value) == before.filter { !$0.key.contains(".") }.map(\.value)
        )
    }
}
