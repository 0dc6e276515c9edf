import Foundation
import Identity
import TaskFlow
import TestKit
import Testing

/// What every store keeps to.
@Suite(.scratchDirectory)
struct FlowStoreTests {
    let id = FlowID.random()
    let time = Date(timeIntervalSince1970: 1_700_000_000)
    var first: Claim { Claim(flow: id, epoch: 1) }

    func detail(_ id: FlowID, subject: String = "a 'name' 💾", createdAt: TimeInterval = 0) -> FlowDetail {
        FlowDetail(
            id: id,
            name: "flow",
            version: 3,
            subject: subject,
            request: #"{"size":1}"#,
            state: .running,
            createdAt: time + createdAt,
            updatedAt: time
        )
    }

    func entry(_ atom: String, _ state: AtomState, output: String? = nil, failure: Failure? = nil) -> JournalEntry {
        JournalEntry(atom: atom, state: state, startedAt: time, at: time + 1, output: output, failure: failure)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run that is not there is nothing`(kind: StoreKind) async throws {
        let store = try kind.open()
        #expect(try await store.load(id) == nil)
        #expect(try await store.abandoned().isEmpty)
        let error = await #expect(throws: ClaimRefused.self) { try await store.claim(id) }
        #expect(error?.reason == .unknown)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run comes back as it was stored`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        let entries = [
            entry("a", .running), entry("a", .success, output: #"{"text":"\#u{0}ä"}"#), entry("b", .running),
            entry("b", .failure, failure: Failure(RuntimeError(), in: "b")), entry("b", .reverting),
        ]
        try await store.write(Array(entries[0...1]), with: first)
        try await store.write(Array(entries[2...4]), after: 2, with: first)
        let (found, journal) = try #require(try await store.load(id))
        #expect(journal == entries)
        #expect(found.id == id)
        #expect(found.name == "flow")
        #expect(found.version == 3)
        #expect(found.subject == "a 'name' 💾")
        #expect(found.request == #"{"size":1}"#)
        #expect(found.state == .running)
        #expect(found.createdAt == time)
        #expect(found.epoch == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run's shape comes back as it was stored, and may be missing`(kind: StoreKind) async throws {
        let store = try kind.open()
        let shape = RecordedShape(stored: #"{"atoms":[],"joins":[],"request":[]}"#)
        var detail = detail(id)
        detail.shape = shape
        try await store.insert(detail)
        #expect(try await store.load(id)?.detail.shape == shape)
        let other = FlowID.random()
        try await store.insert(self.detail(other))
        #expect(try await store.load(other)?.detail.shape == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run that is rewritten has another version, request, shape and journal, and is held as before`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        try await store.write([entry("old", .running), entry("old", .success)], with: first)
        var upgraded = detail(id, subject: "not changed")
        (upgraded.version, upgraded.request, upgraded.state) = (4, #"{"bytes":1}"#, .success)
        upgraded.shape = RecordedShape(stored: "{}")
        try await store.transact { [upgraded] in
            try $0.rewrite(upgraded, journal: [self.entry("new", .success)])
        }
        try await store.write([entry("more", .running)], after: 1, with: first)
        let (found, journal) = try #require(try await store.load(id))
        #expect(found.version == 4)
        #expect(found.request == #"{"bytes":1}"#)
        #expect(found.shape == upgraded.shape)
        #expect(found.subject == "a 'name' 💾")
        #expect(found.state == .running)
        #expect(found.epoch == 1)
        #expect(journal == [entry("new", .success), entry("more", .running)])
    }

    @Test(arguments: StoreKind.allCases)
    func `a transaction on two runs that throws changes neither, and one that doesn't changes both`(
        kind: StoreKind
    ) async throws {
        let (store, other) = (try kind.open(), FlowID.random())
        try await store.transact { transaction in
            for id in [self.id, other] { try transaction.insert(self.detail(id)) }
        }
        for isFailing in [true, false] {
            do {
                try await store.transact { transaction in
                    for id in [self.id, other] { try transaction.append([self.entry("a", .running)], after: 0, to: id) }
                    if isFailing { throw RuntimeError() }
                }
            } catch is RuntimeError {}
            for id in [id, other] {
                #expect(try await store.load(id)?.journal.count == (isFailing ? 0 : 1))
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `two runs of one id are refused, and the first is not touched`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id, subject: "first"))
        await #expect(throws: FlowExists(id)) { try await store.insert(detail(id, subject: "second")) }
        #expect(try await store.load(id)?.detail.subject == "first")
        await #expect(throws: ClaimRefused.self) { try await store.claim(id) }
    }

    @Test(arguments: StoreKind.allCases)
    func `a transaction that throws has no effect`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        await #expect(throws: RuntimeError.self) {
            try await store.write([entry("a", .running)], .success, with: first, throwing: RuntimeError())
        }
        let (found, journal) = try #require(try await store.load(id))
        #expect(found.state == .running)
        #expect(journal.isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `an attempt that throws is undone, and the transaction goes on`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        try await store.write(entry("kept", .running), afterAttemptAt: entry("lost", .running), with: first)
        let (found, journal) = try #require(try await store.load(id))
        #expect(found.state == .running)
        #expect(journal == [entry("kept", .running)])
    }

    @Test(arguments: StoreKind.allCases)
    func `a run that is held can't be claimed, and one that is released can`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        let error = await #expect(throws: ClaimRefused.self) { try await store.claim(id) }
        guard case .held = error?.reason else { throw RuntimeError(description: "\(String(describing: error))") }
        store.release(first)
        #expect(try await store.claim(id) == Claim(flow: id, epoch: 2))
        await #expect(throws: ClaimRefused.self) { try await store.claim(id) }
        #expect(try await store.load(id)?.detail.epoch == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `who has lost a claim can write no more`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        store.release(first)
        let second = try await store.claim(id)
        await #expect(throws: ClaimLost(first)) { try await store.write([entry("a", .running)], with: first) }
        try await store.write([entry("b", .running)], with: second)
        #expect(try await store.load(id)?.journal == [entry("b", .running)])
    }

    @Test(arguments: StoreKind.allCases)
    func `who has lost a claim can't release the one that was made since`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        store.release(first)
        let second = try await store.claim(id)
        store.release(first)
        #expect(try await store.abandoned().isEmpty)
        await #expect(throws: ClaimRefused.self) { try await store.claim(id) }
        store.release(second)
        #expect(try await store.claim(id).epoch == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `of many who claim at once one wins`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await store.insert(detail(id))
        store.release(first)
        let claims = await withTaskGroup { group in
            for _ in 1...20 { group.addTask { [id] in try? await store.claim(id) } }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(claims == [Claim(flow: id, epoch: 2)])
    }

    @Test(arguments: StoreKind.allCases)
    func `unfinished runs that nobody holds are abandoned, oldest first`(kind: StoreKind) async throws {
        let store = try kind.open()
        let ids = (0...4).map { _ in FlowID.random() }
        for (index, id) in ids.enumerated() {
            try await store.insert(detail(id, createdAt: TimeInterval(index)))
        }
        let claims = ids.map { Claim(flow: $0, epoch: 1) }
        for (claim, state) in zip(claims[0...2], [FlowState.success, .failure, .reverted]) {
            try await store.write([], state, with: claim)
            store.release(claim)
        }
        #expect(try await store.abandoned().isEmpty)
        for claim in claims[3...4].reversed() { store.release(claim) }
        #expect(try await store.abandoned().map(\.id) == Array(ids[3...4]))
    }
}
