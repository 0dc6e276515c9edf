internal import Foundation
package import SQL
internal import SQLite
internal import Synchronization
package import Testing
internal import Threads

@testable package import PostgreSQL

/// The databases of tests: files, or schemas on a PostgreSQL server if the environment names one, as
/// `Scripts/postgresql/with` does. The same tests run on both.
package enum TestDatabase {
    /// The URI of the server; `nil` if databases are files.
    package static let server = ProcessInfo.processInfo.environment["VOLUMECTL_TEST_POSTGRESQL"]

    /// The reason why tests of the server are skipped.
    package static let skipReason: Comment = "no PostgreSQL server: Scripts/postgresql/with starts one"

    /// The variable by which a process of a test finds its database on the server.
    private static let variable = "VOLUMECTL_TEST_DATABASE"

    /// The variables by which a process of a test opens the database for a path, as `open(_:)` does here.
    package static func variables(of path: String) throws -> [String: String] {
        guard let server else { return [:] }
        return [variable: try uri(path, on: server)]
    }

    /// The database for a path, as a configuration names it.
    package static func configured(_ path: String) throws -> String { try server.map { try uri(path, on: $0) } ?? path }

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
        let given = ProcessInfo.processInfo.environment[variable].map { ServerAddress($0) }
        return try PostgreSQLDatabase(
            given ?? address(path, on: server),
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

    /// Returns the URI of the database for a path, and creates the database if need be, as a schema of its own.
    package static func uri(_ path: String, on server: String) throws -> String {
        let name = name(of: path)
        let isDatabase = try places.withLock { places in
            if let place = places[name] { return place.isDatabase }
            places[name] = (path, false)
            let schema = Schema(name: name, steps: ["CREATE SCHEMA IF NOT EXISTS \(name)"])
            try PostgreSQLDatabase(ServerAddress(server)).install([schema])
            return false
        }
        guard isDatabase else {
            return server + (server.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(name)"
        }
        var components = try #require(URLComponents(string: server))
        components.path = "/" + name
        return try #require(components.string)
    }

    /// Makes the database for a path in a way in which it can be copied, which takes longer. A file needs neither.
    ///
    /// - Parameter original: the path for whose database the new one is a copy. Nobody may use that at this moment.
    package static func create(_ path: String, as original: String? = nil) async throws {
        guard let server else { return }
        let name = name(of: path)
        let template = original.map(Self.name) ?? "template1"
        try await BlockingExecutor.shared.run {
            let connection = try PostgreSQLConnection(ServerAddress(server))
            try connection.run("CREATE DATABASE \(name) TEMPLATE \(template)")
        }
        places.withLock { $0[name] = (path, true) }
    }

    private static func name(of path: String) -> String {
        "t" + String(path.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }, radix: 36)
    }

    /// The schemas and databases that were created, with the paths for which they stand.
    private static let places = Mutex<[String: (path: String, isDatabase: Bool)]>([:])

    /// Removes the databases of a directory.
    package static func remove(_ directory: String) async {
        guard let server else { return }
        let removed = places.withLock { places in
            let removed = places.filter { $0.value.path.hasPrefix(directory + "/") }
            for name in removed.keys { places[name] = nil }
            return removed
        }
        guard !removed.isEmpty else { return }
        // What is left is removed with the server.
        try? await BlockingExecutor.shared.run {
            let connection = try PostgreSQLConnection(ServerAddress(server))
            for (name, place) in removed {
                try connection.run(
                    place.isDatabase ? "DROP DATABASE \(name) WITH (FORCE)" : "DROP SCHEMA \(name) CASCADE"
                )
            }
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
    package static var onFiles: Self { .onFiles("it is about SQLite") }

    /// Skips a test on a PostgreSQL server for this reason.
    package static func onFiles(_ reason: Comment) -> Self { .disabled(if: TestDatabase.server != nil, reason) }
}
