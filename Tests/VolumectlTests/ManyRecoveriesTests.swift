import Foundation
import SQL
import SQLStore
import SQLite
import TestKit
import Testing

/// Many interrupted flows of a dead process are recovered together, and reported in few lines.
@Suite(.scratchDirectory)
struct ManyRecoveriesTests {
    static let count = 300

    /// Creates a volume with the program, and the records of others whose creation a dead process had begun.
    private func interrupt() async throws {
        try await volumectl("create", "first", "1M")
        let store = try SQLStore(SQLiteDatabase(path: Scratch.database))
        try await store.transact { transaction in
            let connection = transaction.connection
            func columns(_ table: String, without others: [String]) throws -> String {
                try connection.query("SELECT name FROM pragma_table_info('\(table)')")
                    .map { row in try row(0, as: String.self) }
                    .filter { !others.contains($0) }
                    .joined(separator: ", ")
            }
            let id = "printf('%08x-0000-4000-8000-000000000000', n)"
            let numbers =
                "(WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n <= \(Self.count)) SELECT n FROM c)"
            let volume = try columns("volume", without: ["number", "id", "name", "flow", "status"])
            let flow = try columns("flow", without: ["number", "id", "subject", "request", "state", "owner_lock"])
            let entry = try columns("flow_journal", without: ["flow"])
            try connection.executeScript(
                """
                INSERT INTO flow (id, subject, request, state, owner_lock, \(flow))
                    SELECT \(id), 'copy-' || n, REPLACE(request, (SELECT id FROM volume), \(id)), 'RUNNING', 1 << 50, \(flow)
                    FROM \(numbers), flow WHERE number = 1;
                INSERT INTO flow_journal (flow, \(entry))
                    SELECT \(id), \(entry) FROM \(numbers), flow_journal
                    WHERE entry <= (SELECT entry FROM flow_journal WHERE atom = 'create-on-driver' AND state = 'RUNNING');
                INSERT INTO volume (id, name, flow, status, \(volume))
                    SELECT \(id), 'copy-' || n, \(id), 'creating', \(volume) FROM \(numbers), volume WHERE number = 1;
                INSERT INTO reservation SELECT flow, project, 'volumes', 1 FROM volume WHERE status = 'creating'
                    UNION ALL SELECT flow, project, 'gigabytes', size FROM volume WHERE status = 'creating';
                UPDATE quota SET reserved = (
                    SELECT SUM(delta) FROM reservation WHERE reservation.resource = quota.resource
                );
                """
            )
        }
        await store.close()
    }

    @Test func `one command recovers all flows, reports a few, and counts the others`() async throws {
        try await interrupt()
        let run = try await volumectl("flow", "resume")
        expect(0, from: run)
        let told = run.notes.filter { $0.hasPrefix("recovered flow ") }
        #expect(told.count == 10, "\(run)")
        #expect(told.allSatisfy { $0.hasSuffix(": finished") })
        #expect(run.notes.count { $0.hasPrefix("recovering flow ") } <= 10, "\(run)")
        #expect(run.notes.last == "recovered flows: \(Self.count - 10) more finished: volumectl flow ls")
        let volumes: [VolumeRecord] = try await volumectl("ls", "-o", "json").json()
        #expect(volumes.count == Self.count + 1)
        #expect(volumes.allSatisfy { $0.status == "available" })
        #expect(Scratch.volumeFiles().count == Self.count + 1)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.volumes.inUse == Self.count + 1 && quota.volumes.reserved == 0)
    }

    @Test func `a second command reports the same, or that another process continues`() async throws {
        try await interrupt()
        let run = try await volumectl("ls", "-q")
        expect(0, from: run)
        let ends = ["recovered flows: \(Self.count - 10) more finished: volumectl flow ls", "goes on recovering"]
        #expect(ends.contains { run.errors.contains($0) }, "\(run)")
        #expect(run.notes.count { $0.hasPrefix("recovered flow ") } <= 10)
        try await everyFlowSucceeds(of: Self.count + 1)
    }
}
