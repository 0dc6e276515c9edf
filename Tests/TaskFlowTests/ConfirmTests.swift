import Synchronization
import TaskFlow
import Testing

/// The engine's question around each call, whether the claim may still be trusted.
struct ConfirmTests {
    struct Doubt: Error, Equatable {}

    /// A store that vouches for a number of calls.
    final class DoubtfulStore: FlowStore {
        private let base = MemoryStore()
        private let trust: Mutex<Int>

        init(confirming count: Int) { trust = Mutex(count) }

        func confirm(_ claim: Claim) throws {
            try trust.withLock { trust in
                guard trust > 0 else { throw Doubt() }
                trust -= 1
            }
        }

        func transact<Result: Sendable>(
            _ body: @escaping @Sendable (MemoryStore.Transaction) throws -> Result
        ) async throws -> Result {
            try await base.transact(body)
        }

        func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
            try await base.load(flow)
        }

        func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
            try await base.claim(flow, under: lease)
        }

        func release(_ claim: Claim) { base.release(claim) }

        func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }

        /// The same runs, for an engine that is trusted.
        var trusting: MemoryStore { base }
    }

    private final class Calls: Sendable {
        let made = Mutex<[String]>([])

        func add(_ call: String) { made.withLock { $0.append(call) } }
    }

    private static func flow(_ calls: Calls) throws -> Flow<Nothing> {
        try Flow("calls", taking: Nothing.self) {
            for name in ["one", "two"] { Step(name) { calls.add(name) } }
        }
    }

    @Test func `a call that the store does not confirm is not made, and another engine makes it`() async throws {
        let (calls, store) = (Calls(), DoubtfulStore(confirming: 2))
        let flow = try Self.flow(calls)
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: Doubt.self) { try await engine.advance() }
        #expect(calls.made.withLock { $0 } == ["one"])
        #expect(engine.state == .running)

        let next = try await Engine(resuming: engine.id, with: flow.recipe, in: store.trusting)
        #expect(try await next.advance() == .success)
        #expect(calls.made.withLock { $0 } == ["one", "two"])
    }

    @Test func `a revert that the store does not confirm is not made`() async throws {
        struct Failed: Error {}
        let (calls, store) = (Calls(), DoubtfulStore(confirming: 4))
        let flow = try Flow("calls", taking: Nothing.self) {
            Step("one", revert: { (_: Nothing, _: Outcome<Nothing>) in calls.add("revert") }) { (_: Nothing) in
                calls.add("one")
            }
            Step("two") { () async throws -> Void in throw Failed() }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: Doubt.self) { try await engine.advance() }
        #expect(calls.made.withLock { $0 } == ["one"])
        let next = try await Engine(resuming: engine.id, with: flow.recipe, in: store.trusting)
        #expect(try await next.advance() == .reverted)
        #expect(calls.made.withLock { $0 } == ["one", "revert"])
    }

    @Test(arguments: [true, false])
    func `an outcome after the store has ceased to confirm is not recorded, and the call is repeated`(isFailure: Bool)
        async throws
    {
        struct Failed: Error {}
        let (calls, store) = (Calls(), DoubtfulStore(confirming: 1))
        let flow = try Flow("calls", taking: Nothing.self) {
            Step("one") { () async throws -> Void in
                calls.add("one")
                if isFailure, calls.made.withLock({ $0.count }) == 1 { throw Failed() }
            }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: Doubt.self) { try await engine.advance() }
        let next = try await Engine(resuming: engine.id, with: flow.recipe, in: store.trusting)
        #expect(try await next.advance() == .success)
        #expect(calls.made.withLock { $0 } == ["one", "one"])
    }
}
