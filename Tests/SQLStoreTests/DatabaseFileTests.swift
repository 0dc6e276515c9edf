import Foundation
import Identity
import SQL
import SQLStore
import SQLite
import TaskFlow
import TestKit
import Testing

/// A database is identified by its file, and its owners by their locks on the file.
@Suite(.scratchDirectory, .onFiles)
struct DatabaseFileTests {
    let id = FlowID.random()
    let files = FileManager.default
    var database: String { ScratchDirectory.database }

    func open(_ path: String) throws -> SQLStore { try SQLStore(SQLiteDatabase(path: path), schemas: [Notes.schema]) }

    func insert(in store: SQLStore) async throws {
        let detail = FlowDetail(
            id: id,
            name: "held",
            version: 1,
            subject: "",
            request: "{}",
            state: .running,
            createdAt: Date(timeIntervalSince1970: 0),
            updatedAt: Date(timeIntervalSince1970: 0)
        )
        try await store.transact { try $0.insert(detail) }
    }

    @Test func `through a symbolic link a living owner is alive`() async throws {
        let owner = try Notes.open()
        try await insert(in: owner)
        let links = ScratchDirectory.path + "/links"
        try files.createDirectory(atPath: links, withIntermediateDirectories: false)
        try files.createSymbolicLink(atPath: links + "/other.db", withDestinationPath: database)
        let other = try open(links + "/other.db")
        #expect(try await other.abandoned().isEmpty)
        await #expect(throws: ClaimRefused.self) { try await other.claim(id) }
        #expect(try files.contentsOfDirectory(atPath: links) == ["other.db"])
    }

    @Test func `without the owners' file a living owner is alive`() async throws {
        let owner = try Notes.open()
        try await insert(in: owner)
        try files.removeItem(atPath: database + ".owners")
        let other = try Notes.open()
        #expect(try await other.abandoned().isEmpty)
        await #expect(throws: ClaimRefused.self) { try await other.claim(id) }
    }

    @Test func `an owner whose database is replaced is alive to others, and writes no more`() async throws {
        let owner = try Notes.open()
        try await insert(in: owner)
        try await owner.backup(to: database + ".copy")
        for companion in ["-wal", "-shm"] { try files.removeItem(atPath: database + companion) }
        try files.removeItem(atPath: database)
        try files.moveItem(atPath: database + ".copy", toPath: database)
        #expect(try await Notes.open().abandoned().isEmpty)
        let error = await #expect(throws: SQLError.self) { try await owner.note("lost") }
        #expect(error?.code == .cannotOpen)
        #expect(error?.message.contains("was moved, removed or replaced") == true)
    }

    @Test func `an owner whose database is moved writes no more`() async throws {
        let owner = try Notes.open()
        try files.moveItem(atPath: database, toPath: database + ".moved")
        await #expect(throws: SQLError.self) { try await owner.note("lost") }
    }

    @Test func `a file with two names is refused`() async throws {
        try await Notes.open().note("kept")
        try files.linkItem(atPath: database, toPath: database + ".other")
        for path in [database, database + ".other"] {
            let error = #expect(throws: SQLError.self) { try open(path) }
            #expect(error?.message.contains("has 2 names") == true)
        }
        try files.removeItem(atPath: database + ".other")
        #expect(try await Notes.open().notes() == ["kept"])
    }

    @Test func `a closed database is complete in its one file`() async throws {
        let store = try Notes.open()
        try await store.note("kept")
        await store.close()
        try files.copyItem(atPath: database, toPath: database + ".copy")
        #expect(try await open(database + ".copy").notes() == ["kept"])
    }

    @Test func `the last connection to close leaves everything in the one file`() async throws {
        let stores = [try Notes.open(), try Notes.open(), try Notes.open()]
        for (number, store) in stores.enumerated() { try await store.note("\(number)") }
        await withTaskGroup { group in
            for store in stores { group.addTask { await store.close() } }
        }
        try files.copyItem(atPath: database, toPath: database + ".copy")
        #expect(try await open(database + ".copy").notes() == ["0", "1", "2"])
    }

    @Test func `a backup holds all committed data, is private to its user, and leaves no other file`() async throws {
        let store = try Notes.open()
        try await store.note("kept")
        let backup = ScratchDirectory.path + "/backups/it's one.db"
        try files.createDirectory(atPath: ScratchDirectory.path + "/backups", withIntermediateDirectories: false)
        try await store.backup(to: backup)
        try await store.note("later")
        #expect(try files.contentsOfDirectory(atPath: ScratchDirectory.path + "/backups") == ["it's one.db"])
        #expect(try files.attributesOfItem(atPath: backup)[.posixPermissions] as? Int == 0o600)
        #expect(try await open(backup).notes() == ["kept"])
    }

    @Test(arguments: ["", "-wal", "-journal", ".owners"])
    func `a backup replaces nothing, and takes no name of the database's own`(suffix: String) async throws {
        let store = try Notes.open()
        try await store.note("kept")
        let error = await #expect(throws: SQLError.self) { try await store.backup(to: database + suffix) }
        #expect(error?.code == .exists)
        #expect(try await store.notes() == ["kept"])
    }
}
