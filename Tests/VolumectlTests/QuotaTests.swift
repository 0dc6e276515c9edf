import Foundation
import SQL
import SQLStore
import TestKit
import Testing

@Suite(.scratchDirectory)
struct QuotaTests {
    @Test(arguments: [
        ("VOLUMES", "2", "3", "2 in use + 0 reserved + 1 requested > limit 2"),
        ("GIGABYTES", "4", "3", "2 GiB in use + 0 B reserved + 3 GiB requested > limit 4 GiB"),
        ("PER_VOLUME_GIGABYTES", "2", "3", "quota \"per_volume_gigabytes\" is 2 GiB, requested: 3 GiB"),
        ("VOLUMES", "0", "1", "2 in use + 0 reserved + 1 requested > limit 0"),
    ])
    func `a limit refuses with the numbers`(limit: String, value: String, size: String, cause: String) async throws {
        for name in ["a", "b"] { try await volumectl("create", name, "1") }
        let variables = ["VOLUMECTL_QUOTA_\(limit)": value]
        let run = try await volumectl("create", "c", size, with: variables)
        expect(5, from: run)
        let error = try run.error
        #expect(error.headline.hasPrefix("cannot create volume \"c\" (\(size) GiB): "))
        #expect(error.cause == cause)
        #expect(error.aftermath.hasPrefix("nothing was left behind"))
        #expect(Scratch.volumeFiles().count == 2)
        // An existing volume needs no quota.
        expect(0, from: try await volumectl("create", "a", "1", with: variables))
    }

    @Test func `a limit may be met exactly`() async throws {
        let limits = ["VOLUMECTL_QUOTA_VOLUMES": "2", "VOLUMECTL_QUOTA_GIGABYTES": "3"]
        expect(0, from: try await volumectl("create", "a", "1", with: limits))
        expect(0, from: try await volumectl("create", "b", "2", with: limits))
        expect(5, from: try await volumectl("create", "c", "4096b", with: limits))
        expect(0, from: try await volumectl("rm", "a", "-y", with: limits))
        expect(0, from: try await volumectl("create", "c", "4096b", with: limits))
    }

    @Test func `a project's own limits override the configured ones until they are reset`() async throws {
        let (limits, theirs) = (["VOLUMECTL_QUOTA_VOLUMES": "1"], ["VOLUMECTL_PROJECT": "theirs"])
        let set = ["quota", "set", "--volumes"]
        expect(0, from: try await volumectl(set + ["2", "--gigabytes", "0.5T"], with: limits))
        for name in ["a", "b"] { expect(0, from: try await volumectl("create", name, "1", with: limits)) }
        let refused = try await volumectl("create", "c", "1", with: limits)
        expect(5, from: refused)
        let remedy = try #require(try refused.error.remedies.first { $0.hasPrefix("volumectl quota set ") })
        #expect(remedy == "volumectl quota set --volumes 3")
        expect(0, from: try await volumectl(remedy.split(separator: " ").dropFirst().map(String.init)))
        expect(0, from: try await volumectl("create", "c", "1", with: limits))
        expect(0, from: try await volumectl("create", "a", "1", with: theirs))
        let shown: QuotaRecord = try await volumectl("quota", "show", "-o", "json", with: limits).json()
        #expect(shown.volumes == QuotaRecord.Count(inUse: 3, reserved: 0, limit: 3))
        #expect(shown.gigabytes.limitGib == 512)
        let lower = try await volumectl(set + ["configured"], with: limits)
        expect(0, from: lower)
        #expect(lower.notes == ["note: 3 volumes are in use and stay"])
        expect(5, from: try await volumectl("create", "d", "1", with: limits))
        for word in ["unlimited", "-1"] { expect(0, from: try await volumectl(set + [word], with: limits)) }
        expect(0, from: try await volumectl("create", "d", "1", with: limits))
    }

    @Test(arguments: [
        ["--volumes", "-2"], ["--volumes", "1G"], ["--gigabytes", "1.3"], ["--gigabytes", "none"], [],
        ["--per-volume-gigabytes", "99999999999999"], ["--gigabytes", "9223372036854775807"], ["--volumes", ""],
    ])
    func `an invalid limit is refused, and nothing is changed`(arguments: [String]) async throws {
        let run = try await volumectl(["quota", "set"] + arguments)
        expect(64, from: run)
        try await expectAccepted(try run.error.remedies)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.volumes.limit == nil && quota.gigabytes.limitGib == nil)
    }

    @Test func `the usage and the limits are shown`() async throws {
        let limits = ["VOLUMECTL_QUOTA_VOLUMES": "5", "VOLUMECTL_QUOTA_GIGABYTES": "10"]
        try await volumectl("create", "a", "1.5G")
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json", with: limits).json()
        #expect(quota.volumes == QuotaRecord.Count(inUse: 1, reserved: 0, limit: 5))
        #expect(quota.gigabytes == QuotaRecord.Size(inUseBytes: 3 << 29, reservedBytes: 0, limitGib: 10))
        #expect(quota.perVolumeLimitGib == nil)
        let table = try await volumectl("quota", "show", with: limits)
        #expect(table.lines[0].wholeMatch(of: /project default +USED +RESERVED +LIMIT +FROM/) != nil)
        #expect(table.lines[1].wholeMatch(of: /volumes +1 +0 +5 +VOLUMECTL_QUOTA_VOLUMES/) != nil)
        #expect(table.lines[2].wholeMatch(of: /gigabytes +1\.5 GiB +0 B +10 GiB +VOLUMECTL_QUOTA_GIGABYTES/) != nil)
        #expect(table.lines[3].wholeMatch(of: /per_volume_gigabytes +- +- +unlimited +built in/) != nil)
        #expect(!table.errors.contains("warning"))
    }

    @Test func `the volumes of a type have limits of their own, and what is advised suffices`() async throws {
        try await volumectl("type", "create", "ssd")
        expect(0, from: try await volumectl("quota", "set", "--type", "ssd", "--volumes", "1", "--gigabytes", "1"))
        try await volumectl("create", "a", "1", "--type", "ssd")
        for resource in ["gigabytes", "volumes"] {
            let refused = try await volumectl("create", "b", "1", "--type", "ssd")
            expect(5, from: refused)
            let remedy = try #require(try refused.error.remedies.first)
            #expect(remedy == "volumectl quota set --type ssd --\(resource) 2")
            expect(0, from: try await volumectl(remedy.split(separator: " ").dropFirst().map(String.init)))
        }
        expect(0, from: try await volumectl("create", "b", "1", "--type", "ssd"))
        let shown = try await volumectl("quota", "show")
        #expect(shown.lines.contains { $0.wholeMatch(of: /volumes_ssd +2 +0 +2 +project/) != nil }, "\(shown)")
        expect(0, from: try await volumectl("quota", "unset", "volumes_ssd"))
        let unset = try await volumectl("quota", "show")
        #expect(unset.lines.contains { $0.wholeMatch(of: /volumes_ssd +2 +0 +unlimited +built in/) != nil }, "\(unset)")
        expect(3, from: try await volumectl("quota", "set", "--type", "tape", "--volumes", "1"))
        for words in [["set", "--type", "ssd", "--per-volume-gigabytes", "1"], ["unset"], ["unset", "bytes"]] {
            let refused = try await volumectl(["quota"] + words)
            expect(64, from: refused)
            try await expectAccepted(try refused.error.remedies)
        }
    }

    @Test func `limits of the project's own are taken back, by name or all`() async throws {
        let limits = ["VOLUMECTL_QUOTA_VOLUMES": "5"]
        expect(0, from: try await volumectl("quota", "set", "--volumes", "2", "--per-volume-gigabytes", "3"))
        let named = try await volumectl("quota", "unset", "volumes", "-o", "json", with: limits)
        let quota: QuotaRecord = try named.json()
        #expect(quota.volumes.limit == 5 && quota.perVolumeLimitGib == 3)
        expect(0, from: try await volumectl("quota", "unset", "--all"))
        #expect(try await !volumectl("quota", "show").output.contains("project\n"))
        let defaults = try await volumectl("quota", "defaults", with: limits)
        #expect(defaults.output.contains(/(?m)^volumes +5 +VOLUMECTL_QUOTA_VOLUMES$/), "\(defaults)")
        #expect(defaults.lines.contains { $0.wholeMatch(of: /snapshots +10 +built in/) != nil }, "\(defaults)")
    }

    @Test func `an audit ends with 8 where usage differs, until it has corrected it`() async throws {
        try await volumectl("create", "a", "1")
        let clean = try await volumectl("quota", "audit")
        expect(0, from: clean)
        #expect(try clean.line == "ok  recomputed from 1 volume, 0 snapshots, 0 live reservations: no difference")
        let store = try SQLStore(TestDatabase.open(Scratch.database))
        try await store.transact { try $0.connection.executeScript("UPDATE quota SET in_use = in_use + 1") }
        await store.close()
        for _ in 1...2 {
            let run = try await volumectl("quota", "audit")
            expect(8, from: run)
            #expect(run.lines.contains { $0.wholeMatch(of: /default +volumes +2 +1 +0 +0/) != nil }, "\(run)")
        }
        expect(0, from: try await volumectl("quota", "audit", "--fix"))
        let fixed: AuditRecord = try await volumectl("quota", "audit", "-o", "json").json()
        #expect(fixed.differences.isEmpty && fixed.volumes == 1)
        expect(0, from: try await volumectl("rm", "a", "-y"))
    }
}

private struct AuditRecord: Decodable {
    struct Difference: Decodable {
        let project: String
        let resource: String
    }
    let volumes: Int
    let differences: [Difference]
}
