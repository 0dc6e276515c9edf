import Foundation
import Identity
import SQLStore
import TaskFlow
import TestKit
import Testing

@Suite(.scratchDirectory)
struct FlowListTests {
    func store(_ ids: [String], scope: String? = nil, in store: SQLStore) async throws {
        let details = try ids.map { id in
            FlowDetail(
                id: try #require(FlowID(id)),
                name: "listed",
                version: 1,
                subject: "",
                request: "{}",
                state: .running,
                createdAt: Date(timeIntervalSince1970: 0),
                updatedAt: Date(timeIntervalSince1970: 0),
                scope: scope
            )
        }
        try await store.transact { transaction in
            for detail in details { try transaction.insert(detail) }
        }
    }

    static let ids = [
        "ab000000-0000-4000-8000-000000000000", "abc00000-0000-4000-8000-000000000000",
        "abf00000-0000-4000-8000-ffffffffffff", "ac000000-0000-4000-8000-000000000000",
        "ffffffff-ffff-4fff-bfff-ffffffffffff",
    ]

    @Test func `the newest flows come first, up to the limit`() async throws {
        let store = try Notes.open()
        try await self.store(Self.ids, in: store)
        #expect(try await store.flows(limit: 3).map(\.id.description) == Array(Self.ids.reversed().prefix(3)))
        #expect(try await store.flows(limit: 100).count == 5)
        #expect(try await store.flows(limit: 0).isEmpty)
    }

    @Test func `flows of one scope are listed without those of others`() async throws {
        let store = try Notes.open()
        try await self.store(Array(Self.ids[0...1]), scope: "ours", in: store)
        try await self.store(Array(Self.ids[2...2]), scope: "theirs", in: store)
        try await self.store(Array(Self.ids[3...4]), in: store)
        #expect(try await store.flows(in: "ours", limit: 9).map(\.id.description) == [Self.ids[1], Self.ids[0]])
        #expect(try await store.flows(in: "ours", limit: 9).allSatisfy { $0.scope == "ours" })
        #expect(try await store.flows(in: "theirs", startingWith: "ab", limit: 9).map(\.scope) == ["theirs"])
        #expect(try await store.flows(in: "nobody", startingWith: "a", limit: 9).isEmpty)
        #expect(try await store.flows(limit: 9).count == 5)
    }

    @Test(arguments: [
        ("", ids), ("a", Array(ids[0...3])), ("ab", Array(ids[0...2])), ("ABC", [ids[1]]), ("abf", [ids[2]]),
        ("f", [ids[4]]), (ids[4], [ids[4]]), ("ad", []), ("ab%", []), ("z", []), ("ab000000-", [ids[0]]),
    ])
    func `flows are found by the beginning of their id, in either case`(prefix: String, found: [String]) async throws {
        let store = try Notes.open()
        try await self.store(Self.ids, in: store)
        #expect(try await store.flows(startingWith: prefix, limit: 10).map(\.id.description) == found)
    }

    @Test func `a search finds flows up to the limit`() async throws {
        let store = try Notes.open()
        try await self.store(Self.ids, in: store)
        #expect(try await store.flows(startingWith: "ab", limit: 2).map(\.id.description) == Array(Self.ids[0...1]))
    }
}
