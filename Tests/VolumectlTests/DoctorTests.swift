import Foundation
import SQL
import SQLStore
import TestKit
import Testing

/// What `doctor` finds: each check, by breaking what it is about.
@Suite(.scratchDirectory)
struct DoctorTests {
    struct Checkup: Decodable {
        struct Finding: Decodable {
            struct Remedy: Decodable { let text: String }

            let severity: String
            let check: String
            let subject: String?
            let message: String
            let remedies: [Remedy]
        }

        let ok: Int
        let warnings: Int
        let failures: Int
        let findings: [Finding]
    }

    /// Runs the program with a directory for exports whose path is short enough for sockets.
    @discardableResult
    private func volumectl(_ words: [String], with variables: [String: String] = [:]) async throws -> Run {
        let exports = ["VOLUMECTL_POOLS_DEFAULT_EXPORT_DIRECTORY": ScratchDirectory.path + "/x"]
        return try await VolumectlTests.volumectl(words, with: exports.merging(variables) { $1 })
    }

    private func checkUp(
        _ status: Int32 = 0,
        with variables: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Checkup {
        let run = try await volumectl(["doctor", "-o", "json"], with: variables)
        expect(status, from: run, sourceLocation: sourceLocation)
        return try run.json(status: status)
    }

    /// A volume `data` with a snapshot, and a volume `other`.
    private func fill() async throws {
        for words in [["create", "data", "2M"], ["create", "other", "1M"], ["snapshot", "create", "data", "s"]] {
            expect(0, from: try await volumectl(words))
        }
    }

    private func change(_ script: String) async throws {
        try await SQLStore(TestDatabase.open(Scratch.database)).transact { try $0.connection.executeScript(script) }
    }

    /// The checks that a database of one host does not need.
    private static let hostChecks = TestDatabase.server == nil ? [] : ["host"]

    @Test func `nothing is wrong with a service that works`() async throws {
        try await fill()
        let checkup = try await checkUp()
        #expect(checkup.warnings == 0 && checkup.failures == 0, "\(checkup)")
        let checks =
            [
                "database", "clock", "history", "quota", "capacity", "flow", "volume", "snapshot", "attachment",
            ] + Self.hostChecks + ["pool", "object"]
        #expect(checkup.findings.map(\.check) == checks)
        let table = try await volumectl(["doctor"])
        #expect(table.lines.last == "\(checks.count) ok, 0 warnings, 0 failures")
        #expect(table.lines.first?.hasPrefix("ok  database ") == true)
    }

    /// What a script does to the database, and what is found then.
    @Test(
        arguments: ([
            (
                "PRAGMA ignore_check_constraints = ON; UPDATE volume SET size = -1 WHERE name = 'data';", "database",
                "failure", nil, "CHECK constraint failed in volume"
            ),
            ("UPDATE event SET at = at + 7200000000", "clock", "warning", nil, "the newest event is of "),
            (
                "UPDATE quota SET in_use = in_use + 1 WHERE resource = 'volumes'", "quota", "failure", "default",
                "3 in use"
            ),
            (
                "UPDATE flow SET state = 'FAILURE' WHERE subject = 'other'", "flow", "failure", "ID",
                "create-volume \"other\" could not be undone"
            ),
            ("UPDATE volume SET status = 'error' WHERE name = 'other'", "volume", "warning", "other", "it is error"),
            (
                "UPDATE volume SET status = 'extending' WHERE name = 'other'", "volume", "failure", "other",
                "it is extending, and its flow "
            ),
            (
                "UPDATE volume SET status = 'in-use' WHERE name = 'other'", "volume", "failure", "other",
                "it is in use, and nobody is recorded who uses it"
            ),
            ("UPDATE volume SET status = 'odd' WHERE name = 'other'", "volume", "failure", "other", "can't be read"),
            ("UPDATE snapshot SET status = 'error'", "snapshot", "warning", "data@s", "it is error"),
            (
                "UPDATE snapshot SET status = 'creating'", "snapshot", "failure", "data@s",
                "it is creating, and its flow "
            ),
            (
                "UPDATE volume SET size = 4096 WHERE name = 'other'", "object", "failure", "default",
                "(volume \"other\"): it has"
            ),
        ] as [(String, String, String, String?, String)])
        .filter { TestDatabase.server == nil || !$0.0.hasPrefix("PRAGMA") }
    )
    func `a record that is wrong is found`(
        script: String,
        check: String,
        severity: String,
        subject: String?,
        message: String
    ) async throws {
        try await fill()
        try await change(script)
        let checkup = try await checkUp(severity == "failure" ? 8 : 0)
        let found = try #require(checkup.findings.first { $0.check == check && $0.severity == severity })
        #expect(found.message.contains(message), "\(found)")
        #expect(!found.remedies.isEmpty)
        if subject != "ID" { #expect(found.subject == subject) }
    }

    @Test func `an object without a record is found, and can be adopted as it says`() async throws {
        try await fill()
        try Data(count: 1 << 20).write(to: URL(filePath: Scratch.pool + "/volume-11111111-1111-4111-8111-111111111111"))
        let checkup = try await checkUp()
        let found = try #require(checkup.findings.first { $0.severity == "warning" })
        #expect(found.message.contains("volume-11111111-1111-4111-8111-111111111111 has no record"))
        let adopt = try #require(found.remedies.first?.text)
        expect(0, from: try await volumectl(adopt.split(separator: " ").dropFirst().map(String.init)))
        #expect(try await checkUp().warnings == 0)
    }

    @Test func `a record without its object is found`() async throws {
        try await fill()
        for file in Scratch.volumeFiles() { try FileManager.default.removeItem(atPath: Scratch.pool + "/" + file) }
        let checkup = try await checkUp(8)
        #expect(checkup.findings.count { $0.message.hasSuffix("is recorded, and is not there") } == 2)
    }

    @Test func `a pool that is down is found, and the others are looked at`() async throws {
        let file = try Scratch.write("", to: "a-file")
        let config = try Scratch.write(
            "enabled-pools: [default, gone]\npools:\n  gone: {driver: loopback, path: \(file)/pool}\n"
        )
        let checkup = try await checkUp(8, with: ["VOLUMECTL_CONFIG": config])
        let pools = checkup.findings.filter { $0.check == "pool" }
        #expect(pools.map(\.subject) == ["default", "gone"] && pools.map(\.severity) == ["ok", "failure"])
    }

    @Test func `quotas are corrected if a person agrees, and nothing else is changed`() async throws {
        try await fill()
        try await change("UPDATE quota SET in_use = in_use + 1 WHERE resource = 'volumes'")
        try await change("UPDATE volume SET status = 'error' WHERE name = 'other'")
        expect(64, from: try await volumectl(["doctor", "--fix"]))
        expect(8, from: try await volumectl(["doctor"]))
        let fixed = try await volumectl(["doctor", "--fix", "-y"])
        expect(0, from: fixed)
        #expect(fixed.lines.last == "\(10 + Self.hostChecks.count) ok, 1 warning, 0 failures")
        let again = try await volumectl(["doctor", "-q"])
        #expect(again.lines == ["other"])
    }

    @Test func `what belongs to another project is found, with a command for that project`() async throws {
        expect(0, from: try await volumectl(["create", "theirs", "1M"], with: ["VOLUMECTL_PROJECT": "p"]))
        try await change("UPDATE volume SET status = 'error'")
        let checkup = try await checkUp()
        let found = try #require(checkup.findings.first { $0.severity == "warning" })
        #expect(found.remedies.map(\.text) == ["VOLUMECTL_PROJECT=p volumectl show theirs"])
    }
}
