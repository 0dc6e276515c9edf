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

    // MARK: - Looking and restoring

    private var backup: String { ScratchDirectory.path + "/backup.db" }

    /// A database with volume `a`, a backup of it, and volume `b` since.
    private func fill() async throws {
        expect(0, from: try await volumectl("create", "a", "1M"))
        expect(0, from: try await volumectl("backup", backup))
        expect(0, from: try await volumectl("create", "b", "1M"))
    }

    /// Zeros most of the database, at a time that no other write has had.
    private func damage() throws {
        let file = try #require(FileHandle(forUpdatingAtPath: Scratch.database))
        try file.seek(toOffset: 8192)
        try file.write(contentsOf: Data(count: 1 << 17))
        try file.close()
        try FileManager.default.setAttributes([.modificationDate: Date.distantPast], ofItemAtPath: Scratch.database)
    }

    @Test func `a database is looked at and checked, and is not changed by that`() async throws {
        for words in [["store", "info"], ["store", "check"]] { expect(3, from: try await volumectl(words)) }
        #expect(!Scratch.exists(Scratch.database))
        try await fill()
        let original = try Data(contentsOf: URL(filePath: Scratch.database))
        struct Info: Decodable { let database: String, volumes: Int, flows: Int, sizeBytes: Int64 }
        let info: Info = try await volumectl("store", "info", "-o", "json").json()
        #expect(info.volumes == 2 && info.flows == 2 && info.sizeBytes == original.count)
        #expect(try await volumectl("store", "info", backup).output.contains(/volumes +1\n/))
        #expect(try await volumectl("store", "check").line.contains("  undamaged: "))
        #expect(try await volumectl("store", "check", backup, "-q").line == backup)
        #expect(try Data(contentsOf: URL(filePath: Scratch.database)) == original)
        #expect(!Scratch.exists(backup + ".owners"))
        try damage()
        let check = try await volumectl("store", "check")
        expect(10, from: check)
        #expect(try check.error.headline == "the database '\(Scratch.database)' is damaged")
        let text = try Scratch.write("no database at all", to: "text.db")
        for verb in ["info", "check"] { expect(10, from: try await volumectl("store", verb, text)) }
    }

    @Test func `a damaged database is not written to, and a backup takes its place`() async throws {
        try await fill()
        try damage()
        let damaged = try Data(contentsOf: URL(filePath: Scratch.database))
        expect(10, from: try await volumectl("create", "c", "1M"))
        #expect(try Data(contentsOf: URL(filePath: Scratch.database)) == damaged)
        expect(0, from: try await volumectl("restore", backup, "--dry-run"))
        #expect(try Data(contentsOf: URL(filePath: Scratch.database)) == damaged)
        let restored = try await volumectl("restore", backup)
        expect(0, from: restored)
        #expect(restored.errors.contains("kept as \(Scratch.database).replaced\n"), "\(restored)")
        #expect(try Data(contentsOf: URL(filePath: Scratch.database + ".replaced")) == damaged)
        #expect(try Scratch.mode(of: Scratch.database) == 0o600)
        #expect(try await volumectl("ls", "-c", "name", "--no-headers").lines == ["a"])
        let doctor = try await volumectl("doctor", "-o", "json")
        #expect(doctor.output.contains("volumectl adopt default volume-"), "\(doctor)")
        expect(0, from: try await volumectl("create", "c", "1M"))
    }

    @Test func `a lost database is restored, and a log that is left of it is not applied`() async throws {
        try await fill()
        try FileManager.default.moveItem(atPath: Scratch.database, toPath: ScratchDirectory.path + "/old.db")
        try Data(repeating: 7, count: 50_000).write(to: URL(filePath: Scratch.database + "-wal"))
        expect(0, from: try await volumectl("restore", backup))
        #expect(try Scratch.size(of: Scratch.database + ".replaced-wal") == 50_000)
        #expect(try await volumectl("ls", "-c", "name", "--no-headers").lines == ["a"])
        expect(0, from: try await volumectl("create", "c", "1M"))
        expect(0, from: try await volumectl("store", "check"))
    }

    @Test func `a database that is not damaged is only replaced if a person agrees, and while nobody uses it`()
        async throws
    {
        try await fill()
        expect(64, from: try await volumectl("restore", backup))
        #expect(try await volumectl("ls", "-q").lines.count == 2)
        let user = try SQLiteDatabase(path: Scratch.database)
        let refused = try await volumectl("restore", backup, "-y")
        expect(4, from: refused)
        #expect(try refused.error.cause?.hasSuffix("another process uses it") == true)
        await user.close()
        for copy in [Scratch.database, ScratchDirectory.path + "/none.db", try Scratch.write("text", to: "t.db")] {
            #expect(try await volumectl("restore", copy, "-y").status != 0)
        }
        #expect(try await volumectl("ls", "-q").lines.count == 2)
        expect(0, from: try await volumectl("restore", backup, "-y"))
        #expect(try await volumectl("ls", "-q").lines.count == 1)
        expect(0, from: try await volumectl("restore", Scratch.database + ".replaced", "-y"))
        #expect(try await volumectl("ls", "-q").lines.count == 2)
        #expect(Scratch.exists(Scratch.database + ".replaced.2"))
    }
}
