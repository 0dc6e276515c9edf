import Foundation
import SQL
import SQLStore
import TestKit
import Testing

/// Many interrupted flows of a dead process are recovered together, and reported in few lines.
@Suite(.scratchDirectory)
struct ManyRecoveriesTests {
    static let count = 300

    /// Creates a volume with the program, and the records of others whose creation a dead process had begun.
    private func interrupt() async throws {
        try await volumectl("create", "first", "1M")
        try await Copies.make(Self.count) { copies in
            let (id, numbers) = (copies.id, copies.numbers)
            let volume = try copies.columns(of: "volume", without: ["number", "id", "name", "flow", "status"])
            let flow = try copies.columns(
                of: "flow",
                without: ["number", "id", "subject", "request", "state", "owner_lock"]
            )
            let entry = try copies.columns(of: "flow_journal", without: ["flow"])
            try copies.connection.executeScript(
                """
                INSERT INTO flow (id, subject, request, state, owner_lock, \(flow))
                    SELECT \(id), 'copy-' || n, REPLACE(request, (SELECT id FROM volume), \(id)), 'RUNNING', \(1 << 50), \(flow)
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
