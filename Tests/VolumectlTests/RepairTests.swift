import Foundation
import SQL
import SQLStore
import TestKit
import Testing

/// `repair`: what a look at the pool decides about a volume or snapshot that its flow has left in between.
@Suite(.scratchDirectory)
struct RepairTests {
    private struct Repaired: Decodable {
        let found: String
        let foundBytes: Int64?
        let formerStatus: String
        let status: String
    }

    private func fill() async throws {
        expect(0, from: try await volumectl("create", "data", "1M"))
        expect(0, from: try await volumectl("snapshot", "create", "data", "s"))
    }

    private func change(_ script: String) async throws {
        let store = try SQLStore(TestDatabase.open(Scratch.database))
        try await store.transact { try $0.connection.executeScript(script) }
        await store.close()
    }

    @Test(
        arguments: [
            ("creating", true, "available"), ("creating", false, "error"), ("downloading", true, "error"),
            ("extending", true, "available"), ("extending", false, "error_extending"), ("attaching", true, "available"),
            ("detaching", true, "available"), ("uploading", true, "available"), ("deleting", true, "error_deleting"),
            ("deleting", false, "error_deleting"), ("reverting", true, "error"), ("migrating", true, "available"),
            ("migrating", false, "error_migrating"),
        ]
    )
    func `a volume in between comes to rest`(former: String, isThere: Bool, status: String) async throws {
        expect(0, from: try await volumectl("create", "data", "1M"))
        try await change("UPDATE volume SET status = '\(former)'")
        for file in isThere ? [] : Scratch.volumeFiles() {
            try FileManager.default.removeItem(atPath: Scratch.pool + "/" + file)
        }
        let dry = try await volumectl("repair", "data", "--dry-run")
        #expect(try dry.line == "would set data, which is \(former), to \(status)", "\(dry)")
        let repaired: Repaired = try await volumectl("repair", "data", "-o", "json").json()
        #expect(repaired.formerStatus == former && repaired.status == status)
        #expect(repaired.found == (isThere ? "complete" : "absent"))
        let again: Repaired = try await volumectl("repair", "data", "-o", "json").json()
        #expect(again.status == status && again.formerStatus == status)
        let events = try await volumectl("event", "ls", "-c", "name", "--no-headers")
        #expect(events.lines.last == "volume.update.end", "\(events)")
    }

    @Test(arguments: [("creating", "available"), ("uploading", "available"), ("deleting", "error_deleting")])
    func `so does a snapshot`(former: String, status: String) async throws {
        try await fill()
        try await change("UPDATE snapshot SET status = '\(former)'")
        let repaired: Repaired = try await volumectl("repair", "data@s", "-o", "json").json()
        #expect(repaired.formerStatus == former && repaired.status == status)
    }

    @Test func `a failed status stays, and what ends it is advised`() async throws {
        try await fill()
        expect(0, from: try await volumectl("snapshot", "rm", "data@s", "-y"))
        let sound = try await volumectl("repair", "data")
        #expect(try sound.line == "data  in its pool: 1 MiB; is available, nothing to repair")
        try await change("UPDATE volume SET status = 'error_deleting'")
        let run = try await volumectl("repair", "data")
        #expect(try run.line == "data  in its pool: 1 MiB; is error_deleting")
        #expect(run.notes == ["try:  volumectl rm data"])
        expect(0, from: try await volumectl("rm", "data", "-y"))
    }

    @Test func `what a flow is working on, or can be retried for, is left to the flow`() async throws {
        try await fill()
        try await change(
            "UPDATE volume SET status = 'extending'; UPDATE flow SET state = 'FAILURE' WHERE name = 'create-volume'"
        )
        let run = try await volumectl("repair", "data")
        expect(4, from: run)
        let error = try run.error
        #expect(error.cause?.hasSuffix("has failed, and can be retried") == true)
        #expect(error.remedies.first?.hasPrefix("volumectl flow retry ") == true)
        expect(3, from: try await volumectl("repair", "nothing"))
        expect(3, from: try await volumectl("repair", "data@nothing"))
    }

    @Test func `doctor advises it`() async throws {
        try await fill()
        try await change("UPDATE volume SET status = 'extending'; UPDATE snapshot SET status = 'creating'")
        let doctor = try await volumectl("doctor")
        for remedy in ["volumectl repair data", "volumectl repair data@s"] {
            #expect(doctor.lines.contains { $0.hasSuffix("try: " + remedy) }, "\(doctor)")
            expect(0, from: try await volumectl(remedy.split(separator: " ").dropFirst().map(String.init)))
        }
        expect(0, from: try await volumectl("doctor"))
    }
}
