import DirectoryStore
import Foundation
import Identity
import TaskFlow
import TestKit
import Testing

/// A store on a directory that something else has changed.
@Suite(.scratchDirectory)
struct DamageTests {
    let id = FlowID.random()

    /// Stores a run, and then replaces the content of its file by `change`.
    func store(_ change: (String) -> String) async throws -> DirectoryStore {
        let store = try DirectoryStore(path: ScratchDirectory.store)
        try await store.transact { [id] in try $0.insert(detail(id)) }
        let path = ScratchDirectory.file(of: id)
        try ScratchDirectory.write(change(ScratchDirectory.text(of: path)), to: path)
        return store
    }

    @Test(arguments: ["", "{", "[]", "{\"detail\":{}}", "not JSON at all", "\u{0}\u{0}\u{0}\u{0}"])
    func `a file that is no run is named, and not touched`(content: String) async throws {
        let store = try await store { _ in content }
        let path = ScratchDirectory.file(of: id)
        for _ in 1...2 {
            let error = await #expect(throws: DirectoryError.self) { try await store.load(id) }
            #expect(error?.code == .damaged)
            #expect(error?.path == path)
        }
        await #expect(throws: DirectoryError.self) { try await store.claim(id) }
        #expect(try await store.unreadable().map(\.key) == ["\(id)"])
        #expect(try ScratchDirectory.text(of: path) == content)
    }

    @Test func `a damaged run does not hide the others, and keeps a logbook that may be its own`() async throws {
        let store = try await store { _ in "{" }
        let (other, book) = (FlowID.random(), LogBook(name: "kept"))
        try await store.save(book)
        try await store.transact { try $0.insert(detail(other)) }
        store.release(Claim(flow: other, epoch: 1))
        #expect(try await store.abandoned().map(\.id) == [other])
        await #expect(throws: UnreadableRow.self) { try await store.destroy(book.id) }
        #expect(try await store.books().map(\.id) == [book.id])
    }

    @Test func `a file that is cut short anywhere is damaged`() async throws {
        let store = try await store { $0 }
        let whole = try ScratchDirectory.text(of: ScratchDirectory.file(of: id))
        for length in stride(from: 0, to: whole.count - 1, by: 7) {
            try ScratchDirectory.write(String(whole.prefix(length)), to: ScratchDirectory.file(of: id))
            let error = await #expect(throws: DirectoryError.self) { try await store.load(id) }
            #expect(error?.code == .damaged, "\(length) of \(whole.count)")
        }
    }

    @Test func `a run under another's name is damaged`() async throws {
        let store = try await store { $0 }
        let other = FlowID.random()
        try FileManager.default.copyItem(
            atPath: ScratchDirectory.file(of: id),
            toPath: ScratchDirectory.file(of: other)
        )
        let error = await #expect(throws: DirectoryError.self) { try await store.load(other) }
        #expect(error?.path == ScratchDirectory.file(of: other))
    }

    @Test func `a link, a directory or a pipe in the place of a run is neither followed nor waited for`() async throws {
        let store = try await store { $0 }
        let path = ScratchDirectory.file(of: id)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
        let makers: [() throws -> Void] = [
            { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + ".moved") },
            { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) },
            { #expect(mkfifo(path, 0o600) == 0) },
        ]
        for make in makers {
            try make()
            let error = await #expect(throws: DirectoryError.self) { try await store.load(id) }
            #expect(error?.code == .damaged)
            #expect(error?.path == path)
            try FileManager.default.removeItem(atPath: path)
        }
    }

    @Test func `foreign files are left alone`() async throws {
        let store = try await store { $0 }
        let notes = ["notes.txt", "\(id).json.bak", "\(id)".uppercased() + ".json", "x.json"]
        for note in notes { try ScratchDirectory.write("mine", to: "\(ScratchDirectory.store)/flows/\(note)") }
        store.release(Claim(flow: id, epoch: 1))
        #expect(try await store.abandoned().map(\.id) == [id])
        let again = try DirectoryStore(path: ScratchDirectory.store)
        #expect(try await again.load(id) != nil)
        for note in notes {
            #expect(try ScratchDirectory.text(of: "\(ScratchDirectory.store)/flows/\(note)") == "mine")
        }
    }

    @Test func `a directory that holds something else is refused, and stays as it is`() throws {
        try FileManager.default.createDirectory(atPath: ScratchDirectory.store, withIntermediateDirectories: false)
        try ScratchDirectory.write("mine", to: ScratchDirectory.store + "/letter.txt")
        let error = #expect(throws: DirectoryError.self) { try DirectoryStore(path: ScratchDirectory.store) }
        #expect(error?.code == .foreign)
        #expect(error?.message.contains("letter.txt") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: ScratchDirectory.store) == ["letter.txt"])
    }

    @Test(arguments: [
        (#"{"store":"TaskFlow","format":2}"#, DirectoryError.Code.fromTheFuture),
        (#"{"store":"Diary","format":1}"#, .foreign), ("{", .damaged),
    ])
    func `a store of another kind or of the future is refused`(format: String, code: DirectoryError.Code) throws {
        _ = try DirectoryStore(path: ScratchDirectory.store)
        try ScratchDirectory.write(format, to: ScratchDirectory.store + "/store.json")
        let error = #expect(throws: DirectoryError.self) { try DirectoryStore(path: ScratchDirectory.store) }
        #expect(error?.code == code)
    }

    @Test(arguments: ["../../letter", "", ".", "a/b", "ABCDEF00-0000-4000-8000-000000000000"])
    func `a commit that names no file of the store is not applied`(name: String) async throws {
        let store = try await store { $0 }
        let commit = #"{"changes":[{"content":"x","id":"\#(name)","kind":"flows"}]}"#
        try ScratchDirectory.write(commit, to: ScratchDirectory.store + "/commit.json")
        let error = await #expect(throws: DirectoryError.self) { try await store.load(id) }
        #expect(error?.code == .damaged)
        #expect(error?.path == ScratchDirectory.store + "/commit.json")
        #expect(throws: DirectoryError.self) { try DirectoryStore(path: ScratchDirectory.store) }
    }

    @Test func `a store is not made below a file, nor where nobody may make one`() throws {
        try ScratchDirectory.write("", to: ScratchDirectory.path + "/file")
        let error = #expect(throws: DirectoryError.self) { try DirectoryStore(path: ScratchDirectory.path + "/file/x") }
        #expect(error?.code == .cannotOpen)
        #expect(throws: DirectoryError.self) { try DirectoryStore(path: ScratchDirectory.path + "/none/x") }
        #expect(throws: DirectoryError.self) { try DirectoryStore(path: "/proc/none/x") }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func `a directory that may not be written is not permitted`() async throws {
        let store = try await store { $0 }
        for mode in [0o500, 0o700] {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode],
                ofItemAtPath: ScratchDirectory.store + "/flows"
            )
            guard mode == 0o500 else { break }
            let error = await #expect(throws: DirectoryError.self) {
                try await store.transact { try $0.insert(detail()) }
            }
            #expect(error?.code == .notPermitted)
        }
    }

    @Test func `a write that fails changes nothing, and the store goes on when it can`() async throws {
        let store = try await store { $0 }
        let fresh = FlowID.random()
        // An obstacle in the place of the new file.
        let obstacle = "\(ScratchDirectory.store)/flows/.\(fresh).json.new"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        await #expect(throws: DirectoryError.self) { try await store.transact { try $0.insert(detail(fresh)) } }
        #expect(try await store.load(fresh) == nil)
        await #expect(throws: ClaimRefused.self) { try await store.claim(fresh) }
        try FileManager.default.removeItem(atPath: obstacle)
        try await store.transact { try $0.insert(detail(fresh)) }
        #expect(try await store.load(fresh) != nil)
    }

    @Test func `nobody else may look into the store`() async throws {
        _ = try await store { $0 }
        let folders = ["", "/flows", "/logbooks"]
        for name in folders + ["/owners", "/store.json", "/flows/\(id).json"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: ScratchDirectory.store + name)
            #expect(attributes[.posixPermissions] as? Int == (folders.contains(name) ? 0o700 : 0o600), "\(name)")
        }
    }
}
