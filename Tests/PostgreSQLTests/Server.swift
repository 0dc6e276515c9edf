import Foundation
import PostgreSQL
import SQL
import TestKit
import Testing

/// The server of the tests, and the test's database there.
enum Server {
    static let schema = Schema(name: "note", steps: ["CREATE TABLE note (text TEXT NOT NULL UNIQUE)"])

    /// The URI of the test's database.
    static var uri: String {
        get throws {
            let server = try #require(TestDatabase.server)
            return try TestDatabase.uri(ScratchDirectory.database, on: server)
        }
    }

    /// The path of the server's Unix socket.
    static var socket: String {
        get throws {
            let items = URLComponents(string: try #require(TestDatabase.server))?.queryItems ?? []
            let values = Dictionary(items.map { ($0.name, $0.value ?? "") }) { $1 }
            return try "\(#require(values["host"]))/.s.PGSQL.\(#require(values["port"]))"
        }
    }

    /// Opens the test's database by way of the interposer.
    static func open(by interposer: Interposer, observer: CommitObserver? = nil) throws -> PostgreSQLDatabase {
        let address = ServerAddress(try uri + "&host=127.0.0.1&port=\(interposer.port)")
        let database = try PostgreSQLDatabase(address, observer: observer)
        try database.install([schema])
        return database
    }
}

extension SQLDatabase {
    func note(_ text: String) async throws {
        try await write(until: nil) { _ = try $0.execute("INSERT INTO note (text) VALUES (?)", text) }
    }

    var notes: [String] {
        get async throws {
            try await read { try $0.query("SELECT text FROM note ORDER BY text").map { try $0(0) } }
        }
    }
}
