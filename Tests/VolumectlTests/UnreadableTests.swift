import Foundation
import SQL
import SQLStore
import TestKit
import Testing

/// Unreadable records are listed among the others, and flows that can't be carried on can be given up.
@Suite(.scratchDirectory)
struct UnreadableTests {
    struct Row: Decodable {
        let id: String
        let name: String?
        let subject: String?
        let status: String?
        let state: String?
        let reason: String?
    }

    private func spoil(_ script: String) async throws {
        try await SQLStore(TestDatabase.open(Scratch.database)).transact { try $0.connection.executeScript(script) }
    }

    private func rows(_ arguments: String...) async throws -> [Row] {
        try await volumectl(arguments + ["-o", "json"]).json()
    }

    @Test func `a volume with an unreadable record is listed as unreadable, and the others as usual`() async throws {
        for name in ["a", "b"] { try await volumectl("create", name, "1M") }
        try await spoil("UPDATE volume SET status = 'retyping' WHERE name = 'a'")
        let rows = try await rows("ls")
        #expect(rows.map(\.name) == ["b", "a"] && rows.map(\.status) == ["available", "unreadable"])
        #expect(rows.map(\.reason) == [nil, "status holds 'retyping', which is not a valid VolumeStatus"])
        let table = try await volumectl("ls")
        expect(0, from: table)
        #expect(table.lines.last?.wholeMatch(of: /a +- +- +unreadable +-/) != nil)
        #expect(try await volumectl("ls", "-q").lines == rows.map(\.id))
        for reference in ["a", rows[1].id] {
            let shown = try await volumectl("show", reference)
            expect(10, from: shown)
            #expect(try shown.error.cause == rows[1].reason)
        }
        expect(10, from: try await volumectl("rm", "a", "-y"))
        expect(0, from: try await volumectl("rm", "b", "-y"))
    }

    @Test(arguments: ["state = 'ODD'", "epoch = -1, state = 'RUNNING'", "owner = 'x', state = 'REVERTING'"])
    func `a flow with an unreadable record is listed, starts no process, and can be given up`(
        change: String
    ) async throws {
        for name in ["a", "b"] { try await volumectl("create", name, "1M") }
        try await spoil("UPDATE flow SET \(change), owner_lock = \(1 << 50) WHERE subject = 'a'")
        let rows = try await rows("flow", "ls")
        #expect(rows.map(\.subject) == ["b", "a"] && rows.map(\.state) == ["success", "unreadable"])
        let id = rows[1].id
        let table = try await volumectl("flow", "ls")
        #expect(table.lines.last?.wholeMatch(of: /[0-9a-f]{8} +- +a +unreadable +- +-/) != nil)
        #expect(!table.errors.contains("recover"))

        let shown = try await volumectl("flow", "show", id)
        expect(10, from: shown)
        #expect(try shown.error.cause == rows[1].reason)
        let remedy = try #require(try shown.error.remedies.first)
        #expect(remedy == "volumectl flow abandon \(id)")
        let given = try await volumectl("flow", "abandon", id, "-y")
        expect(0, from: given)
        #expect(given.output.contains("abandoned"))
        let recorded = try await SQLStore(TestDatabase.open(Scratch.database))
            .read {
                try $0.query("SELECT 1 FROM flow WHERE state = 'FAILURE' AND resolution LIKE 'abandoned by %'").count
            }
        #expect(recorded == 1)
        expect(4, from: try await volumectl("flow", "abandon", id, "-y"))
        expect(0, from: try await volumectl("rm", "a", "-y"))
    }

    @Test func `a successful flow with an unreadable record is not given up`() async throws {
        try await volumectl("create", "a", "1M")
        try await spoil("UPDATE flow SET epoch = -1")
        let id = try await volumectl("flow", "ls", "-q").line
        #expect(try await volumectl("flow", "show", id).error.remedies.allSatisfy { !$0.contains("abandon") })
        expect(4, from: try await volumectl("flow", "abandon", id, "-y"))
    }

    @Test func `a flow of an unknown kind gives a warning, and starts no process`() async throws {
        try await volumectl("create", "a", "1M")
        try await spoil("UPDATE flow SET name = 'retype-volume', state = 'RUNNING', owner_lock = \(1 << 50)")
        try await expectWarned(of: "this program does not know 'retype-volume'")
    }

    @Test(arguments: ["flow_journal SET atom = 'no-such-step' WHERE entry = 2", "flow SET request = '{}'"])
    func `a flow that no longer fits its recipe gives a warning, and starts no process`(
        change: String
    ) async throws {
        try await volumectl("create", "a", "1M")
        try await spoil("UPDATE flow SET state = 'RUNNING', owner_lock = \(1 << 50); UPDATE \(change)")
        try await expectWarned(of: "can't be carried on: it was started with")
    }

    /// Expects that each command prints these words about the only flow, and nothing more, until the flow is given up.
    private func expectWarned(of words: String) async throws {
        let id = try await volumectl("flow", "ls", "-q").line
        for _ in 1...2 {
            let run = try await volumectl("ls")
            expect(0, from: run)
            #expect(run.notes.count == 1 && run.errors.contains(words), "\(run)")
        }
        expect(0, from: try await volumectl("flow", "abandon", id, "-y"))
        #expect(try await volumectl("ls").notes.isEmpty)
    }

    @Test func `an unreadable record of a step hides no other step`() async throws {
        try await volumectl("create", "a", "1M")
        try await spoil("UPDATE flow_journal SET state = 'x' WHERE entry = 3")
        let id = try await volumectl("flow", "ls", "-q").line
        let shown = try await volumectl("flow", "show", id)
        expect(0, from: shown)
        #expect(shown.output.contains("finish") && shown.output.contains("unreadable: flow_journal \(id)/3"))
        let row: Row = try await volumectl("flow", "show", id, "-o", "json").json()
        #expect(row.reason?.contains("state holds 'x'") == true)
    }

    @Test func `a pool with an unreadable record is down, and can be claimed`() async throws {
        try await volumectl("create", "a", "1M")
        let other = ["VOLUMECTL_ENABLED_POOLS": "default,other", "VOLUMECTL_POOLS_OTHER_DRIVER": "loopback"]
            .merging(["VOLUMECTL_POOLS_OTHER_PATH": ScratchDirectory.path + "/other"]) { $1 }
        expect(0, from: try await volumectl("create", "b", "1M", "--pool", "other", with: other))
        try await spoil("UPDATE pool SET id = 'x' WHERE name LIKE 'default%'")
        let pools: [PoolRecord] = try await volumectl(["pool", "ls", "-o", "json"], with: other).json()
        #expect(pools.map(\.state) == ["down", "up"])
        expect(0, from: try await volumectl("create", "c", "1M", with: other))
        expect(6, from: try await volumectl("rm", "a", "-y"))
        expect(0, from: try await volumectl("pool", "claim", "default", "-y"))
        expect(0, from: try await volumectl("rm", "a", "-y"))
    }

    @Test func `no stored size is too large to be added up`() async throws {
        for name in ["a", "b"] { try await volumectl("create", name, "1M") }
        try await spoil("UPDATE volume SET size = 9223372036854775807 WHERE name = 'a'")
        for words in [["ls"], ["pool", "ls"], ["quota", "show"]] { expect(0, from: try await volumectl(words)) }
        expect(0, from: try await volumectl("rm", "b", "-y"))
    }
}
