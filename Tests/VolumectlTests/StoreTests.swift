import Foundation
import SQL
import SQLite
import TestKit
import Testing

/// `store copy`, as people move to another database.
@Suite(.scratchDirectory, .onFiles("PostgreSQLCommandTests copy to and from a server"))
struct StoreTests {
    private var copy: String { ScratchDirectory.path + "/copy.db" }

    @Test func `all volumes are in the copy, and the original is as it was`() async throws {
        for name in ["a", "b"] { expect(0, from: try await volumectl("create", name, "1M")) }
        let original = try Data(contentsOf: URL(filePath: Scratch.database))
        let copied = try await volumectl("store", "copy", Scratch.database, copy)
        expect(0, from: copied)
        #expect(copied.output.contains("a verified copy of"))
        #expect(try Data(contentsOf: URL(filePath: Scratch.database)) == original)
        #expect(try Scratch.mode(of: copy) == 0o600)
        #expect(try await volumectl(["ls"], with: ["VOLUMECTL_DB": copy]).lines.count == 3)
        expect(0, from: try await volumectl(["create", "c", "1M"], with: ["VOLUMECTL_DB": copy]))
        // It holds something now.
        expect(4, from: try await volumectl("store", "copy", Scratch.database, copy))
    }

    @Test func `a dry run counts, and makes nothing`() async throws {
        expect(0, from: try await volumectl("create", "a", "1M"))
        let run = try await volumectl("store", "copy", Scratch.database, copy, "--dry-run")
        expect(0, from: run)
        #expect(run.output.hasPrefix("would copy ") && !Scratch.exists(copy))
        expect(10, from: try await volumectl("store", "copy", Scratch.database, "no/directory/x.db", "--dry-run"))
    }

    @Test func `what can't be copied is refused, and nothing is made`() async throws {
        expect(3, from: try await volumectl("store", "copy", Scratch.database, copy))
        #expect(!Scratch.exists(Scratch.database))
        expect(0, from: try await volumectl("create", "a", "1M"))
        expect(64, from: try await volumectl("store", "copy", Scratch.database, Scratch.state + "/./volumectl.db"))
        let text = try Scratch.write("no database", to: "text.db")
        expect(10, from: try await volumectl("store", "copy", text, copy))
        expect(10, from: try await volumectl("store", "copy", Scratch.database, text))
        #expect(!Scratch.exists(copy))
    }

    @Test func `no command uses a copy that is not complete, and the same command begins it anew`() async throws {
        expect(0, from: try await volumectl("create", "a", "1M"))
        expect(0, from: try await volumectl("store", "copy", Scratch.database, copy))
        // The mark of a copy that was killed.
        let database = try SQLiteDatabase(path: copy)
        try await database.write(until: nil) { connection in
            _ = try connection.execute("UPDATE schema_version SET version = -version")
            _ = try connection.execute("DELETE FROM volume")
        }
        await database.close()
        for words in [["ls"], ["create", "b", "1M"]] {
            let run = try await volumectl(words, with: ["VOLUMECTL_DB": copy])
            expect(10, from: run)
            #expect(run.errors.contains("has not been completed"))
        }
        expect(0, from: try await volumectl("store", "copy", Scratch.database, copy))
        #expect(try await volumectl(["ls"], with: ["VOLUMECTL_DB": copy]).lines.count == 2)
    }
}
