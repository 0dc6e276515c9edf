import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct SnapshotTests {
    @Test func `a snapshot is made, listed, shown and removed by what it is called`() async throws {
        let volume = try await volumectl("create", "data", "1M", "-q").line
        let made = try await volumectl("snapshot", "create", "data", "daily")
        expect(0, from: made)
        #expect(try made.line.wholeMatch(of: /data@daily  1 MiB  pool default  available  \(.* m?s\)/) != nil)
        let list = try await volumectl("snapshot", "ls", "data")
        #expect(list.lines.first?.wholeMatch(of: /NAME +VOLUME +SIZE +POOL +STATUS +CREATED/) != nil)
        #expect(list.lines.last?.hasPrefix("daily  data    1 MiB  default  available  ") == true)
        let shown: SnapshotRecord = try await volumectl("snapshot", "show", "daily", "-o", "json").json()
        #expect(shown.schema == "volumectl.snapshot/v1" && shown.name == "daily" && shown.volumeName == "data")
        #expect(shown.volume == volume && shown.sizeBytes == 1 << 20 && shown.status == "available")
        let all: [SnapshotRecord] = try await volumectl("snapshot", "list", "-o", "json").json()
        #expect(all.map(\.id) == [shown.id])
        for reference in ["daily", "data@daily", shown.id, String(shown.id.prefix(8)), "\(volume)@daily"] {
            #expect(try await volumectl("snapshot", "show", reference, "-q").line == shown.id)
        }
        let removed = try await volumectl("snapshot", "delete", "data@daily", "-y")
        expect(0, from: removed)
        #expect(try removed.line == "data@daily  1 MiB  pool default  deleted")
        #expect(try await volumectl("snapshot", "ls").notes == ["no snapshots"])
        #expect(try await volumectl("snapshot", "ls", "-o", "json").output == "[]\n")
        #expect(Scratch.volumeFiles() == ["volume-\(volume)"])
    }

    @Test func `a volume with snapshots is removed by --cascade alone`() async throws {
        try await volumectl("create", "data", "1M")
        for name in ["a", "b"] { expect(0, from: try await volumectl("snapshot", "create", "data", name)) }
        let refused = try await volumectl("rm", "data", "-y")
        expect(4, from: refused)
        let error = try refused.error
        #expect(error.headline == "volume \"data\" was not deleted: it has 2 snapshots")
        #expect(error.cause == "data@a, data@b")
        #expect(error.remedies.first == "volumectl rm --cascade data")
        // The first would ask a person.
        try await expectAccepted(Array(error.remedies.dropFirst()))
        expect(64, from: try await volumectl("rm", "data", "-y", "--cascade", "--no-wait"))
        let run = try await volumectl("rm", "data", "-y", "--cascade")
        expect(0, from: run)
        #expect(try run.line == "data  1 MiB  pool default  deleted")
        #expect(Scratch.volumeFiles().isEmpty)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.snapshots == QuotaRecord.Count(inUse: 0, reserved: 0, limit: 10))
        #expect(quota.gigabytes.inUseBytes == 0)
    }

    @Test func `the configured number of snapshots is a limit, and the project's own one holds in its place`()
        async throws
    {
        try await volumectl("create", "data", "1M")
        let limit = ["VOLUMECTL_QUOTA_SNAPSHOTS": "1"]
        expect(0, from: try await volumectl("snapshot", "create", "data", "a", with: limit))
        let refused = try await volumectl("snapshot", "create", "data", "b", with: limit)
        expect(5, from: refused)
        let error = try refused.error
        #expect(error.cause == "1 in use + 0 reserved + 1 requested > limit 1")
        let remedy = try #require(error.remedies.first { $0.hasPrefix("volumectl quota set ") })
        #expect(remedy == "volumectl quota set --snapshots 2")
        expect(0, from: try await volumectl(remedy.split(separator: " ").dropFirst().map(String.init)))
        expect(0, from: try await volumectl("snapshot", "create", "data", "b", with: limit))
    }

    @Test(
        arguments: [
            (["create", "none"], 3), (["create", "data", "-x"], 64), (["create", "data", "a b"], 64),
            (["create", "data", "daily"], 4), (["show", "none"], 3), (["show", "none@daily"], 3),
            (["rm", "none", "-y"], 3),
            (["rm", "data@daily"], 64), (["ls", "none"], 3), (["create"], 64), (["show", "@"], 3), (["show", ""], 3),
        ] as [([String], Int32)]
    )
    func `what can't be done is refused with a remedy that can be typed`(arguments: [String], status: Int32)
        async throws
    {
        try await volumectl("create", "data", "1M")
        try await volumectl("snapshot", "create", "data", "daily")
        let run = try await volumectl(["snapshot"] + arguments)
        expect(status, from: run)
        try await expectAccepted(try run.error.remedies)
        #expect(try await volumectl("snapshot", "ls", "-q").lines.count == 1)
    }

    @Test func `a snapshot whose data is gone is told to be missing`() async throws {
        try await volumectl("create", "data", "1M")
        let made: SnapshotRecord = try await volumectl("snapshot", "create", "data", "daily", "-o", "json").json()
        for file in try FileManager.default.contentsOfDirectory(atPath: Scratch.pool) where file.contains(made.id) {
            try FileManager.default.removeItem(atPath: Scratch.pool + "/" + file)
        }
        let run = try await volumectl("snapshot", "show", "daily")
        expect(12, from: run)
        #expect(run.errors.contains("snapshot \"data@daily\" is missing: its data is not in pool \"default\""))
        expect(0, from: try await volumectl("snapshot", "rm", "daily", "-y"))
    }

    private func content(_ id: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(filePath: "\(Scratch.pool)/volume-\(id)"))
        defer { try? file.close() }
        return String(decoding: try file.read(upToCount: 3) ?? Data(), as: UTF8.self)
    }

    private func write(_ text: String, _ id: String) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: "\(Scratch.pool)/volume-\(id)"))
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    @Test func `a volume is taken back to a snapshot, and others begin with it`() async throws {
        let id = try await volumectl("create", "data", "1M", "-q").line
        try write("old", id)
        try await volumectl("snapshot", "create", "data", "daily")
        try write("new", id)
        for arguments in [
            ["create", "restored", "--snapshot", "daily"],
            ["create", "--name", "larger", "--size", "2M", "--snapshot", "data@daily"],
            ["clone", "data", "copy"], ["create", "copy2", "2M", "--source", "data"],
            ["volume", "clone", "data", "copy3", "3M"],
        ] {
            let made: VolumeRecord = try await volumectl(arguments + ["-o", "json"]).json()
            #expect(made.status == "available")
            #expect(try content(made.id) == (arguments.contains("--snapshot") ? "old" : "new"))
        }
        expect(64, from: try await volumectl("snapshot", "revert", "data", "daily"))
        let run = try await volumectl("snapshot", "revert", "data", "daily", "-y")
        expect(0, from: run)
        #expect(try run.line == "data  1 MiB  reverted to daily  available")
        #expect(try content(id) == "old")
        expect(0, from: try await volumectl("rm", "data", "-y", "--cascade"))
        #expect(Scratch.volumeFiles().count == 5)
    }

    @Test(
        arguments: [
            (["create", "a", "--snapshot", "none"], 3), (["create", "a", "--source", "none"], 3),
            (["create", "a", "--source", "data", "--snapshot", "daily"], 64),
            (["create", "a", "512K", "--source", "data"], 64),
            (["clone", "data", "a", "512K"], 64), (["clone", "data", "data"], 4), (["clone", "data"], 64),
            (["clone", "data", "a", "max"], 64), (["create", "a", "--source", "data", "--pool", "none"], 64),
            (["snapshot", "revert", "data", "none", "-y"], 3), (["snapshot", "revert", "none", "daily", "-y"], 3),
        ] as [([String], Int32)]
    )
    func `a copy or a revert that can't be is refused, with a remedy that can be typed`(
        arguments: [String],
        status: Int32
    ) async throws {
        try await volumectl("create", "data", "1M")
        try await volumectl("snapshot", "create", "data", "daily")
        let run = try await volumectl(arguments)
        expect(status, from: run)
        try await expectAccepted(try run.error.remedies)
        #expect(try await volumectl("ls", "-q").lines.count == 1)
    }
}
