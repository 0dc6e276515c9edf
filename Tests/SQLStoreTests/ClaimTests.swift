import Foundation
import Identity
import SQL
import SQLStore
import Synchronization
import TaskFlow
import TestKit
import Testing

@Suite(.scratchDirectory)
struct ClaimTests {
    let id = FlowID.random()

    func insert(in store: SQLStore) async throws {
        let detail = FlowDetail(
            id: id,
            name: "claimed",
            version: 1,
            subject: "",
            request: "{}",
            state: .running,
            createdAt: Date(timeIntervalSince1970: 0),
            updatedAt: Date(timeIntervalSince1970: 0)
        )
        try await store.transact { try $0.insert(detail) }
    }

    @Test(.onFiles) func `a claim that could not be stored is not held`() async throws {
        // Makes each claim fail at its commit.
        let refusing = Schema(
            name: "refusing",
            steps: [
                """
                CREATE TABLE parent (id INTEGER PRIMARY KEY);
                CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
                CREATE TRIGGER refuse AFTER UPDATE OF epoch ON flow BEGIN INSERT INTO child (parent) VALUES (1); END;
                """
            ]
        )
        let store = try SQLStore(TestDatabase.open(), schemas: [refusing])
        try await insert(in: store)
        store.release(Claim(flow: id, epoch: 1))
        let error = await #expect(throws: SQLError.self) { try await store.claim(id) }
        #expect(error?.code == .constraint)
        #expect(try await store.abandoned().map(\.id) == [id])
        try await store.run("DROP TRIGGER refuse")
        #expect(try await store.claim(id).epoch == 2)
    }

    @Test func `a process whose lease has run out claims nothing, as others would take that over at once`() async throws
    {
        let database = ReplacedDatabase(try Notes.database())
        let store = try Notes.open(database)
        try await insert(in: store)
        store.release(Claim(flow: id, epoch: 1))
        database.replacing.isReplacedFlag.store(true, ordering: .relaxed)
        let error = await #expect(throws: SQLError.self) { try await store.claim(id) }
        #expect(error?.code == .leaseLost)
        #expect(try await store.load(id)?.detail.epoch == 1)
        // It is renewed.
        database.replacing.isReplacedFlag.store(false, ordering: .relaxed)
        #expect(try await store.claim(id).epoch == 2)
    }

    @Test func `of two stores that claim what a dead one left one wins`() async throws {
        try await insert(in: Notes.open())
        let stores = [try Notes.open(), try Notes.open()]
        // The dead store is released a moment after its last job has answered.
        try await eventually { try await !stores[0].abandoned().isEmpty }
        let claims = await withTaskGroup { group in
            for store in stores { group.addTask { [id] in try? await store.claim(id) } }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(claims == [Claim(flow: id, epoch: 2)])
        for store in stores { #expect(try await store.abandoned().isEmpty) }
    }

    @Test func `the holder of a run is reported`() async throws {
        let database = try Notes.database()
        let (owner, other) = (try Notes.open(database), try Notes.open())
        try await insert(in: owner)
        let label = database.liveness.own.label
        #expect(try await other.load(id)?.detail.owner == label)
        let error = await #expect(throws: ClaimRefused.self) { try await other.claim(id) }
        #expect(error?.description == "flow \(id) is being run by \(label)")
    }
}
