import Foundation
import SQL
import TestKit
import Testing

@testable import SQLStore
@testable import SQLite

@Suite(.scratchDirectory)
struct SchemaTests {
    static let first: Schema.Step = "CREATE TABLE thing (name TEXT NOT NULL) STRICT"
    static let second: Schema.Step = "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7"

    func open(_ steps: [Schema.Step]) throws -> SQLStore {
        try SQLStore(SQLiteDatabase(path: ScratchDirectory.database), schemas: [Schema(name: "thing", steps: steps)])
    }

    func version(_ name: String, in store: SQLStore) async throws -> Int {
        try await store.read { try $0.value("SELECT version FROM schema_version WHERE name = ?", name) }
    }

    @Test func `each step is applied once, however often the file is opened`() async throws {
        for _ in 1...3 {
            let store = try open([Self.first, Self.second])
            try await store.run("INSERT INTO thing (name) VALUES ('a')")
            #expect(try await version("thing", in: store) == 2)
            #expect(try await version("flow", in: store) == FlowTable.schema.steps.count)
        }
    }

    @Test func `a new step is applied to an existing file`() async throws {
        try await open([Self.first]).run("INSERT INTO thing (name) VALUES ('old')")
        let store = try open([Self.first, Self.second])
        let sizes: [Int] = try await store.read { try $0.query("SELECT size FROM thing").map { try $0(0) } }
        #expect(sizes == [7])
        #expect(try await version("thing", in: store) == 2)
    }

    @Test func `new tables are added to the existing ones`() async throws {
        _ = try SQLStore(SQLiteDatabase(path: ScratchDirectory.database))
        let store = try open([Self.first])
        #expect(try await version("thing", in: store) == 1)
    }

    @Test func `a step that fails leaves the file as it was`() async throws {
        _ = try open([Self.first])
        let error = #expect(throws: SQLError.self) {
            try open([Self.first, Self.second, "CREATE TABLE thing (x TEXT)"])
        }
        #expect(error?.code == .statement)
        let store = try open([Self.first])
        #expect(try await version("thing", in: store) == 1)
    }

    @Test func `a file from the future is refused and not touched`() throws {
        _ = try open([Self.first, Self.second])
        let before = try Data(contentsOf: URL(filePath: ScratchDirectory.database))
        let error = #expect(throws: SQLError.self) { try open([Self.first]) }
        #expect(error?.code == .schemaFromTheFuture)
        #expect(
            error?.message
                == "a newer program has migrated 'thing' tables to version 2; this program knows version 1"
        )
        #expect(try Data(contentsOf: URL(filePath: ScratchDirectory.database)) == before)
        _ = try open([Self.first, Self.second])
    }

    @Test func `a program that waited while a newer one migrated does not downgrade the schema`() throws {
        _ = try open([Self.first, Self.second])
        let connection = try SQLiteConnection(.writing(ScratchDirectory.database))
        try connection.executeScript("BEGIN IMMEDIATE")
        let error = #expect(throws: SQLError.self) {
            try [Schema(name: "thing", steps: [Self.first])].apply(to: connection)
        }
        #expect(error?.code == .schemaFromTheFuture)
    }
}
