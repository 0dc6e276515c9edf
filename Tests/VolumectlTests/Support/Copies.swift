import SQL
import SQLStore
import TestKit
import Testing

/// Statements that copy records, in the SQL of every database.
struct Copies {
    let connection: any SQLConnection
    /// How many copies there are.
    let count: Int

    /// The rows `n`, from 2 on.
    var numbers: String {
        "(WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n <= \(count)) SELECT n FROM c) AS numbers"
    }

    /// The identifier of a copy.
    let id = "CAST(10000000 + n AS TEXT) || '-0000-4000-8000-000000000000'"

    /// The columns of a table whose values are copied: all others.
    func columns(of table: String, without others: [String]) throws -> String {
        let table = try #require(try connection.tables().first { $0.name == table })
        return table.columns.filter { !others.contains($0) }.joined(separator: ", ")
    }

    /// Runs `body` on the service's database.
    static func make(_ count: Int, _ body: @Sendable @escaping (Copies) throws -> Void) async throws {
        let store = try SQLStore(TestDatabase.open(Scratch.database))
        try await store.transact { try body(Copies(connection: $0.connection, count: count)) }
        await store.close()
    }
}
