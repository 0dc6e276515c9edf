import Foundation
import PostgreSQL
import SQL
import TestKit
import Testing

/// Servers and databases that can't be used, or only read.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct PostgreSQLOpeningTests {
    private func failure(_ uri: String, access: DatabaseAccess = .change) -> SQLError? {
        #expect(throws: SQLError.self) { try PostgreSQLDatabase(ServerAddress(uri), access: access) }
    }

    /// Runs statements as the role that owns everything.
    private func run(_ statements: String...) throws {
        let administrator = try PostgreSQLDatabase(ServerAddress(Server.uri))
        for statement in statements {
            try administrator.install([Schema(name: UUID().uuidString, steps: ["\(statement)"])])
        }
    }

    /// Runs `body` with the URI of the test's database for a role without any permission.
    private func withRole(_ body: (_ role: String, _ uri: String) async throws -> Void) async throws {
        let role = "r" + UUID().uuidString.lowercased().filter { $0 != "-" }
        try run("CREATE ROLE \(role) LOGIN")
        do {
            try await body(role, try Server.uri + "&user=\(role)")
        } catch {
            try run("DROP OWNED BY \(role); DROP ROLE \(role)")
            throw error
        }
        try run("DROP OWNED BY \(role); DROP ROLE \(role)")
    }

    @Test func `a server that is not there is named, without the password`() throws {
        let error = failure("postgresql://someone:secret@127.0.0.1:1/volumes")
        #expect(error?.code == .cannotOpen)
        #expect(error?.message.contains("someone:***@127.0.0.1:1/volumes") == true)
        #expect(error.map { "\($0) \($0.advice ?? "")".contains("secret") } == false)
    }

    @Test func `an address that is none is refused without its password`() throws {
        let error = failure("postgresql://someone:%zz@host/volumes")
        #expect(error?.code == .cannotOpen)
        #expect(error.map { "\($0)".contains("%zz") } == false)
    }

    @Test func `a database without a schema for the tables is refused`() throws {
        let error = failure(try #require(TestDatabase.server) + "&options=-csearch_path%3Dnowhere")
        #expect(error?.code == .cannotOpen)
        #expect(error?.advice == "make one, such as: CREATE SCHEMA public")
    }

    @Test func `a role that may not create the tables is told how it could, and creates nothing`() async throws {
        _ = try Server.uri
        try await withRole { role, uri in
            let schema = try #require(uri.firstMatch(of: /search_path%3D(\w+)/)?.output.1)
            try run("CREATE SCHEMA empty_\(role); GRANT USAGE ON SCHEMA empty_\(role) TO \(role)")
            let empty = uri.replacing("search_path%3D\(schema)", with: "search_path%3Dempty_\(role)")
            let error = failure(empty)
            #expect(error?.code == .notPermitted)
            #expect(error?.advice == "let it: GRANT CREATE ON SCHEMA empty_\(role) TO \(role)")
            try run("GRANT CREATE ON SCHEMA empty_\(role) TO \(role)")
            try await PostgreSQLDatabase(ServerAddress(empty)).close()
            try run("DROP SCHEMA empty_\(role) CASCADE")
        }
    }

    @Test func `a role that may only read the tables can look, and change nothing`() async throws {
        let uri = try Server.uri
        let database = try PostgreSQLDatabase(ServerAddress(uri))
        try database.install([Server.schema])
        try await database.note("one")
        try await withRole { role, uri in
            let schema = try #require(uri.firstMatch(of: /search_path%3D(\w+)/)?.output.1)
            try run(
                "GRANT USAGE ON SCHEMA \(schema) TO \(role); GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \(role)"
            )
            #expect(failure(uri)?.code == .notPermitted)
            let looking = try PostgreSQLDatabase(ServerAddress(uri), access: .look)
            #expect(looking.isReadOnly)
            try looking.install([Server.schema])
            #expect(try await looking.notes == ["one"])
            let error = await #expect(throws: SQLError.self) { try await looking.note("two") }
            #expect(error?.code == .notPermitted)
        }
    }

    @Test func `a role whose transactions are read-only can look`() async throws {
        let uri = try Server.uri
        try PostgreSQLDatabase(ServerAddress(uri)).install([Server.schema])
        let readOnly = uri + "%20-cdefault_transaction_read_only%3Don"
        #expect(failure(readOnly)?.advice?.contains("default_transaction_read_only = off") == true)
        let looking = try PostgreSQLDatabase(ServerAddress(readOnly), access: .look)
        #expect(looking.isReadOnly)
        #expect(try await looking.notes == [])
    }

    @Test(.enabled(if: pooler != nil, "no pooler: Scripts/postgresql/with --pooler starts one"))
    func `a pooler that exchanges connections between transactions is refused`() throws {
        let error = failure(try #require(Self.pooler))
        #expect(error?.code == .cannotOpen)
        #expect(error?.advice == "name the host and the port of the server itself")
    }

    private static let pooler = ProcessInfo.processInfo.environment["VOLUMECTL_TEST_POSTGRESQL_POOLER"]
}
