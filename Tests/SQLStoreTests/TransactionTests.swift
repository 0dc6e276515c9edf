import Dispatch
import SQL
import SQLStore
import Synchronization
import TaskFlow
import TestKit
import Testing

@Suite(.scratchDirectory)
struct TransactionTests {
    final class Moments: Sendable {
        private let seen = Mutex<[CommitMoment]>([])
        var all: [CommitMoment] { seen.withLock { $0 } }
        func note(_ moment: CommitMoment) { seen.withLock { $0.append(moment) } }
    }

    final class Counter: Sendable {
        private let count = Atomic(0)
        func next() -> Int { count.add(1, ordering: .relaxed).newValue }
    }

    /// Submits `count` bodies that note their numbers while the writer is busy; the odd ones may throw.
    func submit(_ count: Int, to store: SQLStore, oddsThrow: Bool = false) async throws {
        let (started, mayGoOn) = (Counter(), DispatchSemaphore(value: 0))
        let (entered, continuation) = AsyncStream<Void>.makeStream()
        async let busy: Void = store.transact { _ in
            continuation.yield()
            mayGoOn.wait()
        }
        for await _ in entered { break }
        try await withThrowingTaskGroup { group in
            for number in 1...count {
                group.addTask {
                    if started.next() == count { mayGoOn.signal() }
                    do {
                        try await store.transact { transaction in
                            try Notes.write("\(number)", in: transaction)
                            if oddsThrow && !number.isMultiple(of: 2) { throw Woot() }
                        }
                    } catch let error as Woot {
                        guard oddsThrow, !number.isMultiple(of: 2) else { throw error }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await busy
    }

    @Test(.onFiles("each body has a commit of its own on a server"))
    func `bodies that are submitted together share commits`() async throws {
        let database = try Notes.database()
        let store = try Notes.open(database)
        try await submit(200, to: store)
        #expect(database.commitCount < 200)
        #expect(try await store.notes().count == 200)
    }

    @Test func `a body that throws harms no other in the same commit`() async throws {
        let database = try Notes.database()
        let store = try Notes.open(database)
        try await submit(200, to: store, oddsThrow: true)
        #expect(database.commitCount < (TestDatabase.server == nil ? 100 : 102))
        let notes = try await store.notes()
        #expect(Set(notes) == Set((1...200).filter { $0.isMultiple(of: 2) }.map(String.init)))
    }

    @Test func `a body that throws leaves nothing, and no commit is made`() async throws {
        let database = try Notes.database()
        let store = try Notes.open(database)
        await #expect(throws: Woot.self) {
            try await store.transact { transaction in
                try Notes.write("one", in: transaction)
                throw Woot()
            }
        }
        #expect(try await store.notes().isEmpty)
        #expect(database.commitCount == 0)
        try await store.note("two")
        #expect(try await store.notes() == ["two"])
    }

    @Test func `a statement that breaks a constraint undoes its attempt only`() async throws {
        let store = try Notes.open()
        try await store.transact { transaction in
            try Notes.write("one", in: transaction)
            do {
                try transaction.attempt {
                    try Notes.write("lost", in: transaction)
                    try Notes.write("one", in: transaction)
                }
            } catch let error as SQLError where error.code == .constraint {}
            try Notes.write("two", in: transaction)
        }
        #expect(try await store.notes() == ["one", "two"])
    }

    @Test(.onFiles("nothing fills the disk of a server"))
    func `a full disk is reported as such, leaves nothing, and the store goes on afterwards`() async throws {
        let store = try Notes.open()
        let size: Int = try await store.read { try $0.value("PRAGMA page_count") }
        try await store.run("PRAGMA max_page_count = \(size)")
        let error = await #expect(throws: SQLError.self) {
            try await store.transact { transaction in
                try transaction.attempt {
                    for number in 1...1_000 {
                        try Notes.write("\(number) \(String(repeating: "x", count: 5_000))", in: transaction)
                    }
                }
            }
        }
        #expect(error?.code == .full)
        #expect(error?.statement == "INSERT INTO note (text) VALUES (?)")
        #expect(error?.concernsStore == true)
        #expect(try await store.notes().isEmpty)
        try await store.run("PRAGMA max_page_count = 1000000")
        try await store.note("fits")
        #expect(try await store.notes() == ["fits"])
    }

    @Test func `an observer hears of each commit before and after`() async throws {
        let moments = Moments()
        let store = try SQLStore(
            TestDatabase.open(observer: { moments.note($0) }),
            schemas: [Notes.schema]
        )
        try await store.note("one")
        #expect(moments.all == [.before, .after])
        await #expect(throws: SQLError.self) { try await store.note("one") }
        #expect(moments.all == [.before, .after])
    }
}
