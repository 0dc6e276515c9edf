import Foundation
import Identity
import SQL
import TaskFlow
import TestKit
import Testing

@testable import SQLStore
@testable import SQLite

/// Databases of older versions.
@Suite(.scratchDirectory, .onFiles("databases of that age are files"))
struct MigrationTests {
    @Test func `a run from before there were shapes and logbooks is listed, and carried on unchecked`() async throws {
        let id = FlowID.random()
        let first = Schema(name: "flow", steps: Array(FlowTable.schema.steps.prefix(1)))
        let database = try SQLiteConnection(.writing(ScratchDirectory.database))
        try database.executeScript("BEGIN IMMEDIATE")
        try [first].apply(to: database)
        try database.execute(
            """
            INSERT INTO flow
                (id, name, version, subject, request, state, created_at, updated_at, owner, owner_lock, epoch)
            VALUES (?, 'f', 1, 'data', '{"text":"old"}', 'RUNNING', 0, 0, 'a dead process', 0, 1)
            """,
            id
        )
        try database.execute(
            """
            INSERT INTO flow_journal (flow, entry, atom, state, started_at, at, output)
            VALUES (?, 1, 'write-note', 'SUCCESS', 0, 0, '{}')
            """,
            id
        )
        try database.executeScript("COMMIT")

        let store = try Notes.open()
        #expect(try await store.abandoned().map(\.id) == [id])
        let found = try #require(try await store.load(id)).detail
        #expect(found.shape == nil)
        #expect(found.book == nil)
        let flow = try Flow("f", taking: Text.self) {
            WriteNote()
            Step(WriteNote(), named: "again")
        }
        try await Engine(resuming: id, with: flow.recipe, in: store).run()
        #expect(try await store.notes() == ["old"])
    }

    @Test func `runs from before they shared their recipe's shape keep it`() async throws {
        let ids = (0..<3).map { _ in FlowID.random() }
        let old = Schema(name: "flow", steps: Array(FlowTable.schema.steps.prefix(5)))
        let database = try SQLiteConnection(.writing(ScratchDirectory.database))
        try database.executeScript("BEGIN IMMEDIATE")
        try [old].apply(to: database)
        for (id, shape) in zip(ids, ["{\"one\":1}", "{\"one\":1}", "{}"]) {
            try database.execute(
                """
                INSERT INTO flow
                    (id, name, version, subject, request, state, created_at, updated_at, owner, owner_lock, epoch, shape)
                VALUES (?, 'f', 1, 'data', '{"text":"old"}', 'RUNNING', 0, 0, 'a dead process', 0, 1, ?)
                """,
                id,
                shape
            )
        }
        try database.executeScript("COMMIT")
        let store = try Notes.open()
        for (id, shape) in zip(ids, ["{\"one\":1}", "{\"one\":1}", "{}"]) {
            #expect(try await store.load(id)?.detail.shape?.text == shape)
        }
        #expect(try await store.flows(limit: 9).map(\.id) == ids.reversed())
        #expect(try await store.read { try $0.value("SELECT COUNT(*) FROM flow_shape") } == 2)
    }
}
