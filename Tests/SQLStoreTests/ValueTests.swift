import Foundation
import Identity
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing

@Suite(.scratchDirectory)
struct ValueTests {
    static let schema = Schema(name: "value", steps: ["CREATE TABLE value (any ANY) STRICT"])

    /// Writes `value` and reads it back.
    func roundTrip<Value: SQLConvertible>(_ value: Value) async throws -> Value {
        let store = try SQLStore(TestDatabase.open(), schemas: [Self.schema])
        _ = try await store.transact { try $0.connection.execute("INSERT INTO value (any) VALUES (?)", value) }
        return try await store.read { try $0.value("SELECT any FROM value") }
    }

    @Test(.onFiles, arguments: ["a\0b\0", "\0"])
    func `text with NUL in it comes back as it was`(text: String) async throws {
        let found = try await roundTrip(text)
        #expect(Array(found.utf8) == Array(text.utf8))
    }

    @Test(.onFiles) func `identifiers and states come back as they were`() async throws {
        let id = FlowID.random()
        #expect(try await roundTrip(id) == id)
    }

    @Test func `a column that holds something else is corrupt`() async throws {
        let store = try SQLStore(TestDatabase.open())
        for query in ["SELECT 'text'", "SELECT NULL", "SELECT 1.5"] {
            let error = await #expect(throws: SQLError.self) {
                let _: Int = try await store.read { try $0.value(query) }
            }
            #expect(error?.code == .corrupt)
            #expect(error?.statement == query)
        }
    }

    @Test func `a missing column is corrupt`() async throws {
        let store = try SQLStore(TestDatabase.open())
        let error = await #expect(throws: SQLError.self) {
            try await store.read { try $0.query("SELECT 1").map { row in try row(1, as: Int.self) } }
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message == "there is no column 1 to read as Int")
    }

    @Test func `an invalid identifier is corrupt`() async throws {
        let store = try SQLStore(TestDatabase.open())
        let error = await #expect(throws: SQLError.self) {
            let _: FlowID = try await store.read { try $0.value("SELECT 'volume-1'") }
        }
        #expect(error?.code == .corrupt)
    }

    @Test(.onFiles, arguments: ["SELEKT 1", "SELECT * FROM nowhere", "", "SELECT ?"])
    func `an invalid statement is reported with its text`(statement: String) async throws {
        let store = try SQLStore(TestDatabase.open())
        let error = await #expect(throws: SQLError.self) { try await store.read { try $0.query(statement).count } }
        #expect(error?.code == .statement)
        #expect(error?.statement == statement)
    }
}
