import Foundation
import SQL
import SQLite
import TestKit
import Testing

/// `volumectl version`.
@Suite(.scratchDirectory)
struct VersionTests {
    private struct Record: Decodable {
        struct Tables: Decodable { let name: String, version: Int, known: Int }
        let version: String
        let store: String
        let database: String
        let tables: [Tables]?
        let problem: String?
        let libpq: String?
    }

    @Test(.onFiles) func `it tells the program's version, and which database of which version is used`() async throws {
        let program = try await volumectl("--version").output
        let none: Record = try await volumectl("version", "-o", "json").json()
        #expect(none.version + "\n" == program && none.store == "sqlite" && none.database == Scratch.database)
        #expect(none.tables == nil && none.problem == "it does not exist yet" && none.libpq == nil)
        #expect(!Scratch.exists(Scratch.database))
        let empty = ScratchDirectory.path + "/empty.db"
        await (try SQLiteDatabase(path: empty)).close()
        let bare = try await volumectl("version", with: ["VOLUMECTL_DB": empty])
        #expect(bare.output.contains("none; the next command makes them"), "\(bare)")
        #expect(try await volumectl("create", "data", "1M").status == 0)
        let there: Record = try await volumectl("version", "-o", "json").json()
        #expect(there.problem == nil)
        #expect(there.tables?.isEmpty == false && there.tables?.allSatisfy { $0.version == $0.known } == true)
        #expect(try await volumectl("version").output.contains("those of this program"))
        #expect(try await volumectl("version", "-q").output == program)
    }

    @Test(.onFiles) func `a database that can't be opened, or that is of a newer program, is no obstacle`() async throws
    {
        #expect(try await volumectl("create", "data", "1M").status == 0)
        let database = try SQLiteDatabase(path: Scratch.database)
        try await database.write(until: nil) {
            _ = try $0.execute("UPDATE schema_version SET version = 99 WHERE name = 'host'")
        }
        await database.close()
        #expect(try await volumectl("ls").status == 10)
        let newer = try await volumectl("version")
        #expect(newer.status == 0 && newer.output.contains("newer than this program: host version 99, it knows"))
        try Data("no database".utf8).write(to: URL(filePath: Scratch.database))
        let damaged = try await volumectl("version")
        #expect(damaged.status == 0 && damaged.output.contains("unknown: "))
    }

    @Test func `a server that does not answer is named without its password`() async throws {
        let address = "postgresql://someone:secret@127.0.0.1:1/volumes"
        let run = try await volumectl("version", "-o", "json", with: ["VOLUMECTL_DB": address])
        let record: Record = try run.json()
        #expect(run.status == 0 && record.store == "postgresql" && record.tables == nil && record.problem != nil)
        #expect(record.database == "postgresql://someone:***@127.0.0.1:1/volumes")
        #expect(!run.output.contains("secret"))
    }
}
