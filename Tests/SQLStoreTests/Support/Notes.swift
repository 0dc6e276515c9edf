import SQL
import SQLStore
import Synchronization
import TaskFlow
import TestKit
import Testing

/// A table of the tests beside those of the store.
enum Notes {
    static let schema = Schema(
        name: "note",
        steps: ["CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT"]
    )

    /// Opens the test's database.
    static func open() throws -> SQLStore { try open(database()) }

    static func open(_ database: any SQLDatabase) throws -> SQLStore { try SQLStore(database, schemas: [schema]) }

    /// The test's database, for tests that count its commits.
    static func database() throws -> any SQLDatabase { try TestDatabase.open() }

    static func write(_ text: String, in transaction: SQLTransaction) throws {
        try transaction.connection.execute("INSERT INTO note (text) VALUES (?)", text)
    }
}

extension SQLStore {
    func run(_ statement: String) async throws {
        try await transact { try $0.connection.executeScript(statement) }
    }

    func note(_ text: String) async throws {
        try await transact { try Notes.write(text, in: $0) }
    }

    func notes() async throws -> [String] {
        try await read { connection in
            try connection.query("SELECT text FROM note ORDER BY number").map { try $0(0) }
        }
    }
}

extension SQLConnection {
    /// The only value of the only row.
    func value<Value: SQLConvertible>(_ query: String, _ arguments: any SQLConvertible...) throws -> Value {
        let row = try #require(try self.query(query, arguments).first)
        return try row(0)
    }
}

struct Text: Fields {
    @Field var text: String
}

/// A step that writes a note; the revert removes it.
struct WriteNote: RevertibleTransactionalTask {
    typealias Input = Text
    static let name = "write-note"

    func execute(_ input: Text, in transaction: SQLTransaction) throws -> Nothing {
        try Notes.write(input.text, in: transaction)
        return Nothing()
    }

    func revert(_ input: Text, output: Nothing, in transaction: SQLTransaction) throws {
        try transaction.connection.execute("DELETE FROM note WHERE text = ?", input.text)
    }
}

struct Woot: Error, Codable, Equatable {}

/// A store whose process dies at a transaction.
final class MortalStore: FlowStore {
    struct Death: StoreError {
        var concernsStore: Bool { true }
    }

    private let base: SQLStore
    /// The number of transactions that still become durable.
    private let rest: Atomic<Int>

    init(base: SQLStore, transactions: Int) {
        self.base = base
        rest = Atomic(transactions)
    }

    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        guard rest.load(ordering: .relaxed) > 0 else { throw Death() }
        let result = try await base.transact(body)
        rest.subtract(1, ordering: .relaxed)
        return result
    }

    func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await base.load(flow)
    }

    func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await base.claim(flow, under: lease)
    }

    func release(_ claim: Claim) { base.release(claim) }

    func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }
}
