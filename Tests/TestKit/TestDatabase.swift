internal import Foundation
package import PostgreSQL
package import SQL
internal import SQLite
internal import Synchronization
package import Testing

/// The databases of tests: files, or schemas on a PostgreSQL server if the environment names one, as
/// `Scripts/postgresql/with` does. The same tests run on both.
package enum TestDatabase {
    /// The URI of the server; `nil` if databases are files.
    package static let server = ProcessInfo.processInfo.environment["VOLUMECTL_TEST_POSTGRESQL"]

    /// The reason why tests of the server are skipped.
    package static let skipReason: Comment = "no PostgreSQL server: Scripts/postgresql/with starts one"

    /// Opens the test's database, or creates it.
    ///
    /// - Parameters:
    ///   - path: the path of the file; another path is another database on a server, too.
    ///   - exchanges: how statements are exchanged with a server.
    package static func open(
        _ path: String = ScratchDirectory.database,
        access: DatabaseAccess = .change,
        exchanges: ExchangeOptions = ExchangeOptions(),
        observer: CommitObserver? = nil
    ) throws -> any SQLDatabase {
        guard let server else { return try SQLiteDatabase(path: path, access: access, observer: observer) }
        return try PostgreSQLDatabase(
            address(path, on: server),
            access: access,
            hostFile: path + ".owners",
            exchanges: exchanges,
            observer: observer
        )
    }

    /// The address of the database for a path.
    package static func address(_ path: String, on server: String) throws -> ServerAddress {
        ServerAddress(try uri(path, on: server))
    }

    /// Returns the URI of the database for a path, which is a schema of its own, and creates the schema if need be.
    package static func uri(_ path: String, on server: String) throws -> String {
        let name =
            "t" + String(path.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }, radix: 36)
        try schemas.withLock { schemas in
            guard schemas.updateValue(path, forKey: name) == nil else { return }
            let schema = Schema(name: name, steps: ["CREATE SCHEMA IF NOT EXISTS \(name)"])
            try PostgreSQLDatabase(ServerAddress(server)).install([schema])
        }
        return server + (server.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(name)"
    }

    /// The schemas that were created, with the paths for which they stand.
    private static let schemas = Mutex<[String: String]>([:])

    /// Removes the databases of a directory.
    static func removeAll(in directory: String) async {
        guard let server else { return }
        let names = schemas.withLock { schemas in
            let names = schemas.filter { $0.value.hasPrefix(directory) }.map(\.key)
            for name in names { schemas[name] = nil }
            return names
        }
        guard !names.isEmpty else { return }
        // What is left is removed with the server.
        try? await PostgreSQLDatabase(ServerAddress(server))
            .write(until: nil) { connection in
                for name in names { try connection.executeScript("DROP SCHEMA \(name) CASCADE") }
            }
    }
}

extension SQLDatabase {
    /// The number of transactions that were committed.
    package var commitCount: Int {
        switch self {
        case let file as SQLiteDatabase: file.commitCount
        case let server as PostgreSQLDatabase: server.commitCount
        default: 0
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test of SQLite's own on a PostgreSQL server.
    package static var onFiles: Self { .disabled(if: TestDatabase.server != nil, "it is about SQLite") }
}
