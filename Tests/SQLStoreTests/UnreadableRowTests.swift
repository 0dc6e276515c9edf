import Foundation
import Identity
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing

/// A row that this program can't read stays as it is, is reported, and does not hide the others.
@Suite(.scratchDirectory, .timeLimit(.minutes(10)))
struct UnreadableRowTests {
    let damaged = FlowID.random()
    let sound = FlowID.random()

    /// A store with two runs without holders, one of which `change` damages.
    func store(_ change: String) async throws -> SQLStore {
        let store = try Notes.open()
        for id in [damaged, sound] {
            let detail = FlowDetail(
                id: id,
                name: "named",
                version: 1,
                subject: "",
                request: "{}",
                state: .running,
                createdAt: Date(timeIntervalSince1970: 0),
                updatedAt: Date(timeIntervalSince1970: 0)
            )
            try await store.transact { try $0.insert(detail) }
            store.release(Claim(flow: id, epoch: 1))
        }
        try await store.run("UPDATE flow SET \(change) WHERE id = '\(damaged)'")
        return store
    }

    @Test(arguments: [
        ("state = 'PAUSED'", "state holds 'PAUSED', which is not a valid FlowState"),
        ("epoch = 9223372036854775807", "epoch holds 9223372036854775807, which is not a valid number of claims"),
        ("epoch = -1", "epoch holds -1, which is not a valid number of claims"),
        ("job = 'x'", "job holds 'x', which is not a valid "),
    ])
    func `a flow that can't be read is listed as such, beside the others`(change: String, reason: String) async throws {
        let store = try await store(change)
        for listing in [
            try await store.flows(limit: 10), try await store.abandonedFlows(),
            try await store.flows(startingWith: "", limit: 10),
        ] {
            #expect(listing.map(\.id) == [sound])
            #expect(listing.unreadable.map(\.table) == ["flow"])
            #expect(listing.unreadable.map(\.key) == ["\(damaged)"])
            #expect(listing.unreadable.first?.reason.hasPrefix(reason) == true, "\(listing.unreadable)")
        }
        #expect(try await store.abandoned().map(\.id) == [sound])
    }

    @Test func `a flow that can't be read is neither loaded nor claimed, and stays as it is`() async throws {
        let store = try await store("state = 'PAUSED'")
        await #expect(throws: UnreadableRow.self) { try await store.load(damaged) }
        await #expect(throws: UnreadableRow.self) { try await store.claim(damaged) }
        let rows = try await store.read { [damaged] connection -> [String] in
            try connection.query("SELECT state || epoch FROM flow WHERE id = ?", damaged).map { try $0(0) }
        }
        #expect(rows == ["PAUSED1"])
    }

    @Test func `a flow whose journal can't be read is not carried on, but shown as far as possible`() async throws {
        let store = try await store("name = name")
        let entry = JournalEntry(atom: "step", state: .running, startedAt: Date(), at: Date())
        try await store.transact { [damaged] in try $0.append([entry, entry], after: 0, to: damaged) }
        try await store.run("UPDATE flow_journal SET state = 'DREAMING' WHERE entry = 2")
        let error = await #expect(throws: UnreadableRow.self) { try await store.load(damaged) }
        #expect(error?.key == "\(damaged)/2")
        let history = try #require(try await store.history(of: damaged))
        #expect(history.journal.map(\.atom) == ["step"])
        #expect(history.journal.unreadable.map(\.reason) == ["state holds 'DREAMING', which is not a valid AtomState"])
    }

    @Test func `a logbook is not destroyed with a flow in it that can't be read`() async throws {
        let store = try await store("state = 'PAUSED'")
        let book = LogBook(name: "book")
        try await store.save(book)
        try await store.run("UPDATE flow SET book = '\(book.id)'")
        #expect(try await store.flows(in: book.id).map(\.id) == [sound])
        await #expect(throws: UnreadableRow.self) { try await store.destroy(book.id) }
        #expect(try await store.books().map(\.id) == [book.id])
    }

    @Test func `a logbook that can't be read is not overwritten, and does not hide the others`() async throws {
        let (store, damaged, sound) = (try Notes.open(), LogBook(name: "damaged"), LogBook(name: "sound"))
        for book in [damaged, sound] { try await store.save(book) }
        try await store.run("UPDATE logbook SET meta = '{' WHERE name = 'damaged'")
        #expect(try await store.books().map(\.id) == [sound.id])
        await #expect(throws: UnreadableRow.self) { try await store.save(damaged) }
        await #expect(throws: UnreadableRow.self) { try await store.book(damaged.id) }
    }

    @Test func `jobs that can't be read are passed over, however many come first`() async throws {
        let store = try Notes.open()
        let board = SQLJobBoard(in: store)
        for name in ["a", "b", "c", "d"] {
            try await board.post(Job(name, details: JobDetails(flow: "flow", request: "{}"), by: "poster"))
        }
        try await store.run("UPDATE job SET priority = 'URGENT' WHERE name IN ('a', 'b')")
        #expect(try await board.jobs(.unclaimed, limit: 1).map(\.job.name) == ["c"])
        #expect(try await board.jobs(.all, limit: 1).map(\.job.name) == ["c"])
        #expect(try await board.jobs().map(\.job.name) == ["c", "d"])
        let unreadable = try await board.unreadable()
        #expect(
            unreadable.map(\.reason)
                == Array(repeating: "priority holds 'URGENT', which is not a valid JobPriority", count: 2)
        )
        let id = try #require(JobID(unreadable[0].key))
        await #expect(throws: UnreadableRow.self) { try await board.claim(id, by: "a", for: .seconds(1)) }
    }
}
