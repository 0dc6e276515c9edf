import Foundation
import Identity
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing

/// Ended runs are forgotten, a few at a time, unless other records refer to them.
@Suite(.scratchDirectory, .timeLimit(.minutes(10)))
struct HistoryTests {
    static let day: TimeInterval = 86_400
    static let start = Date(timeIntervalSince1970: 1_000_000_000)

    /// Stores runs that ended on successive days, oldest first, each with a journal entry named by its number.
    func store(
        _ count: Int,
        as state: FlowState = .success,
        on database: (any SQLDatabase)? = nil
    ) async throws -> (store: SQLStore, flows: [FlowID]) {
        let store = try Notes.open(database ?? Notes.database())
        let flows = (0..<count).map { _ in FlowID.random() }
        try await store.transact { transaction in
            for (number, id) in flows.enumerated() {
                let time = Self.start + Double(number) * Self.day
                let detail = FlowDetail(
                    id: id,
                    name: "f",
                    version: 1,
                    subject: "",
                    request: "{}",
                    state: state,
                    createdAt: time,
                    updatedAt: time
                )
                try transaction.insert(detail)
                let entry = JournalEntry(atom: "a", state: .success, startedAt: time, at: time)
                try transaction.append([entry], after: 0, to: id)
            }
        }
        return (store, flows)
    }

    /// Forgets until nothing more can be forgotten.
    @discardableResult
    func forget(
        _ store: SQLStore,
        _ limits: HistoryLimits,
        keeping references: [FlowReference] = [],
        at day: Double
    ) async throws -> [Int] {
        var counts: [Int] = []
        while true {
            let time = Self.start + day * Self.day
            let count = try await store.forget(beyond: limits, keeping: references, at: time)
            guard count > 0 else { return counts }
            counts.append(count)
        }
    }

    @Test(arguments: [
        (HistoryLimits(), 20), (HistoryLimits(days: 5), 6), (HistoryLimits(flows: 5), 5),
        (HistoryLimits(days: 5, flows: 3), 3),
        (HistoryLimits(days: 3, flows: 5), 4), (HistoryLimits(days: 90, flows: 100), 20), (HistoryLimits(days: 0), 1),
    ])
    func `the youngest and newest are kept, with their journals`(limits: HistoryLimits, kept: Int) async throws {
        let (store, flows) = try await store(20)
        try await forget(store, limits, at: 19)
        #expect(try await store.flows(limit: 100).map(\.id) == Array(flows.reversed().prefix(kept)))
        let entries: Int = try await store.read { try $0.value("SELECT COUNT(*) FROM flow_journal") }
        #expect(entries == kept)
    }

    @Test(arguments: FlowState.allCases)
    func `only ended runs are forgotten`(state: FlowState) async throws {
        let (store, flows) = try await store(3, as: state)
        try await forget(store, HistoryLimits(days: 1, flows: 1), at: 1000)
        let isForgotten = state == .success || state == .reverted
        #expect(try await store.flows(limit: 9).count == (isForgotten ? 0 : flows.count))
    }

    @Test func `a run that failed is kept until it is given up`() async throws {
        let (store, flows) = try await store(2, as: .failure)
        try await store.run("UPDATE flow SET resolved_at = 0, resolution = 'abandoned' WHERE id = '\(flows[0])'")
        try await forget(store, HistoryLimits(days: 1), at: 1000)
        #expect(try await store.flows(limit: 9).map(\.id) == [flows[1]])
    }

    @Test func `a run that other records refer to is kept`() async throws {
        let (store, flows) = try await store(4)
        try await store.note("\(flows[0])")
        let job = Job("job", details: JobDetails(flow: "f", request: "{}", run: flows[1]), by: "test")
        try await SQLJobBoard(in: store).post(job)
        let book = LogBook(name: "book")
        try await store.save(book)
        try await store.run("UPDATE flow SET book = '\(book.id)' WHERE id = '\(flows[2])'")
        try await forget(store, HistoryLimits(flows: 1), keeping: [FlowReference(table: "note", column: "text")], at: 0)
        #expect(try await store.flows(limit: 9).count == 4)
        try await store.run("DELETE FROM note")
        try await forget(
            store,
            HistoryLimits(days: 1),
            keeping: [FlowReference(table: "note", column: "text")],
            at: 999
        )
        #expect(try await store.flows(limit: 9).map(\.id) == [flows[2], flows[1]])
    }

    @Test func `a few runs are forgotten at a time, and nothing is written if there are none`() async throws {
        let database = try Notes.database()
        let (store, _) = try await store(130, on: database)
        #expect(try await forget(store, HistoryLimits(flows: 10), at: 0) == [50, 50, 20])
        let commits = database.commitCount
        try await forget(store, HistoryLimits(days: 1000, flows: 10), at: 0)
        #expect(database.commitCount == commits)
    }

    @Test func `a run that was kept for long is forgotten when nothing refers to it any more`() async throws {
        let (store, flows) = try await store(2000)
        try await store.transact { for flow in flows { try Notes.write("\(flow)", in: $0) } }
        let references = [FlowReference(table: "note", column: "text")]
        for place in [0, 0.3, 0.7, 1] {
            #expect(try await store.forget(beyond: HistoryLimits(flows: 1), keeping: references, place: place) == 0)
        }
        try await store.run("DELETE FROM note WHERE text = '\(flows[1000])'")
        var count = 0
        for place in stride(from: 0, through: 1, by: 0.05) {
            count += try await store.forget(beyond: HistoryLimits(flows: 1), keeping: references, place: place)
        }
        #expect(count == 1)
        #expect(try await store.load(flows[1000]) == nil)
    }

    @Test(.onFiles("a server reuses space when it vacuums")) func `the space of forgotten runs is reused`() async throws
    {
        let (store, _) = try await store(1000)
        let pages: @Sendable (any SQLConnection) throws -> Int = { try $0.value("PRAGMA page_count") }
        try await forget(store, HistoryLimits(flows: 1), at: 0)
        let before = try await store.read(pages)
        _ = try await self.store(900)
        #expect(try await store.read(pages) == before)
    }
}
