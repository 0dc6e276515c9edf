import Foundation
import Identity
import TaskFlow
import TestKit
import Testing

/// What every store keeps to that keeps logbooks.
@Suite(.scratchDirectory)
struct LogBookStoreTests {
    let time = Date(timeIntervalSince1970: 1_700_000_000)

    func book(_ name: String, createdAt: TimeInterval = 0) -> LogBook {
        LogBook(name: name, meta: ["who": "a \"person\" 💾"], createdAt: time + createdAt)
    }

    /// Stores a run in `book` and gives it.
    func insert(
        in book: LogBookID?,
        of store: any LogBookStore,
        _ state: FlowState = .running,
        createdAt: TimeInterval = 0
    ) async throws -> FlowID {
        let id = FlowID.random()
        let detail = FlowDetail(
            id: id,
            name: "flow",
            version: 1,
            subject: "",
            request: "{}",
            state: state,
            createdAt: time + createdAt,
            updatedAt: time,
            book: book
        )
        try await store.insert(detail)
        return id
    }

    @Test(arguments: StoreKind.allCases)
    func `a logbook comes back as it was stored`(kind: StoreKind) async throws {
        let store = try kind.open()
        var book = book("today")
        #expect(try await store.book(book.id) == nil)
        try await store.save(book)
        #expect(try await store.book(book.id) == book)
        (book.name, book.meta, book.updatedAt) = ("yesterday", [:], time + 5)
        try await store.save(book)
        #expect(try await store.book(book.id) == book)
        #expect(try await store.books() == [book])
    }

    @Test(arguments: StoreKind.allCases)
    func `logbooks are listed, oldest first`(kind: StoreKind) async throws {
        let store = try kind.open()
        let books = [book("third", createdAt: 3), book("first", createdAt: 1), book("second", createdAt: 2)]
        for book in books { try await store.save(book) }
        #expect(try await store.books().map(\.name) == ["first", "second", "third"])
    }

    @Test(arguments: StoreKind.allCases)
    func `the runs of a logbook are listed, oldest first, and no others`(kind: StoreKind) async throws {
        let store = try kind.open()
        let (book, other) = (book("this"), book("other"))
        for book in [book, other] { try await store.save(book) }
        let second = try await insert(in: book.id, of: store, createdAt: 2)
        let first = try await insert(in: book.id, of: store, createdAt: 1)
        _ = try await insert(in: other.id, of: store)
        _ = try await insert(in: nil, of: store)
        #expect(try await store.flows(in: book.id).map(\.id) == [first, second])
        #expect(try await store.flows(in: .random()).isEmpty)
        #expect(try await store.load(first)?.detail.book == book.id)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run is not put in a logbook that is not there`(kind: StoreKind) async throws {
        let (store, missing) = (try kind.open(), LogBookID.random())
        await #expect(throws: LogBookMissing(missing)) { try await insert(in: missing, of: store) }
    }

    @Test(arguments: StoreKind.allCases)
    func `a logbook goes with all its runs`(kind: StoreKind) async throws {
        let store = try kind.open()
        let (book, other) = (book("this"), book("other"))
        for book in [book, other] { try await store.save(book) }
        let gone = [
            try await insert(in: book.id, of: store, .success), try await insert(in: book.id, of: store, .reverted),
        ]
        let kept = try await insert(in: other.id, of: store, .success)
        try await store.write(
            [JournalEntry(atom: "a", state: .success, startedAt: time, at: time)],
            with: Claim(flow: gone[0], epoch: 1)
        )
        try await store.destroy(book.id)
        #expect(try await store.books() == [other])
        for id in gone { #expect(try await store.load(id) == nil) }
        #expect(try await store.load(kept) != nil)
        await #expect(throws: LogBookMissing(book.id)) { try await store.destroy(book.id) }
    }

    @Test(arguments: StoreKind.allCases)
    func `a logbook with an unfinished run stays, and so do the others in it`(kind: StoreKind) async throws {
        let store = try kind.open()
        let book = book("busy")
        try await store.save(book)
        let finished = try await insert(in: book.id, of: store, .success)
        let unfinished = try await insert(in: book.id, of: store)
        let error = await #expect(throws: LogBookInUse.self) { try await store.destroy(book.id) }
        #expect(error?.unfinished == [unfinished])
        #expect(try await store.book(book.id) == book)
        #expect(Set(try await store.flows(in: book.id).map(\.id)) == [finished, unfinished])
    }

    @Test(arguments: StoreKind.allCases)
    func `an engine's run is in the logbook that it was given`(kind: StoreKind) async throws {
        func run(in store: some LogBookStore, _ book: LogBook) async throws {
            try await store.save(book)
            let engine = try Engine(Flow("empty") {}, request: Nothing(), book: book.id, in: store)
            try await engine.run()
            #expect(try await store.flows(in: book.id).map(\.id) == [engine.id])
        }
        try await run(in: kind.open(), book("today"))
    }
}
