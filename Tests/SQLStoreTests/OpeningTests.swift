import Foundation
import SQL
import SQLStore
import SQLite
import TestKit
import Testing

@Suite(.scratchDirectory, .onFiles)
struct OpeningTests {
    func mode(of name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: ScratchDirectory.path + "/" + name)[.posixPermissions] as? Int
    }

    @Test(arguments: ["not a database, but long enough to be read as one. ", "SQLite format 3\0"])
    func `a file that is no database is corrupt, and is not touched`(text: String) throws {
        let content = Data(String(repeating: text, count: 200).utf8)
        try content.write(to: URL(filePath: ScratchDirectory.database))
        let error = #expect(throws: SQLError.self) { try Notes.open() }
        #expect(error?.code == .corrupt)
        #expect(try Data(contentsOf: URL(filePath: ScratchDirectory.database)) == content)
    }

    @Test func `a database below a file can't be opened`() throws {
        try Data().write(to: URL(filePath: ScratchDirectory.path + "/file"))
        let error = #expect(throws: SQLError.self) {
            try SQLStore(SQLiteDatabase(path: ScratchDirectory.path + "/file/volumes.db"))
        }
        #expect(error?.code == .cannotOpen)
        #expect(error?.message.contains("/file/volumes.db") == true)
    }

    @Test func `a database in a missing directory can't be opened`() {
        let error = #expect(throws: SQLError.self) {
            try SQLStore(SQLiteDatabase(path: ScratchDirectory.path + "/none/volumes.db"))
        }
        #expect(error?.code == .cannotOpen)
    }

    @Test func `a directory is no database`() throws {
        try FileManager.default.createDirectory(atPath: ScratchDirectory.database, withIntermediateDirectories: false)
        let error = #expect(throws: SQLError.self) { try Notes.open() }
        #expect(error?.code == .cannotOpen)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func `a database in a directory that may not be written is not permitted`() throws {
        let directory = ScratchDirectory.path + "/closed"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o500]
        )
        let error = #expect(throws: SQLError.self) { try SQLStore(SQLiteDatabase(path: directory + "/volumes.db")) }
        #expect(error?.code == .notPermitted)
    }

    @Test func `nobody else may read the files`() async throws {
        let store = try Notes.open()
        try await store.note("secret")
        let names = try FileManager.default.contentsOfDirectory(atPath: ScratchDirectory.path).sorted()
        let companions = ["-shm", "-wal", ".owners", ".reserve"].map { "volumes.db" + $0 }
        #expect(names == ["volumes.db"] + companions)
        for name in names { #expect(try mode(of: name) == 0o600, "\(name)") }
    }

    @Test func `a link in the place of the owners' file is not followed`() throws {
        let target = ScratchDirectory.path + "/target"
        try Data("precious".utf8).write(to: URL(filePath: target))
        try FileManager.default.createSymbolicLink(
            atPath: ScratchDirectory.database + ".owners",
            withDestinationPath: target
        )
        #expect(throws: SQLError.self) { try Notes.open() }
        #expect(try Data(contentsOf: URL(filePath: target)) == Data("precious".utf8))
    }
}
