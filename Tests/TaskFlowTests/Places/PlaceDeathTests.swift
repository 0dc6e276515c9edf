import Identity
import TaskFlow
import Testing

/// Runs whose process dies while a step runs at its place.
struct PlaceDeathTests {
    let store = LedgerStore()
    let trace = Trace()

    func journey(_ flow: Flow<Nothing>) -> Journey<LedgerStore> { Journey(store: store, recipe: flow.recipe) }

    /// Runs `flow` on x up to the hand-over, and on y until the store fails at the transaction of that number.
    func interrupted(_ flow: Flow<Nothing>, at transaction: Int) async throws -> FlowID {
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(engine.place == Place("y"))
        store.fail(at: transaction)
        await #expect(throws: StoreDown.self) { try await journey(flow).proceed(engine.id, on: "y") }
        try await store.bury(holderOf: engine.id)
        return engine.id
    }

    @Test func `what a dead process has started is repeated at its place alone`() async throws {
        let flow = try Flow("travel") {
            visit("a", at: "x", in: trace)
            visit("b", at: "y", in: trace)
            visit("c", at: "x", in: trace)
        }
        // The commit of the outcome.
        let id = try await interrupted(flow, at: 2)
        let journal = try #require(try await store.load(id)).journal
        let engine = try await journey(flow).proceed(id, on: "x")
        #expect(engine.place == Place("y"))
        #expect(try await store.load(id)?.journal == journal)
        #expect(try await journey(flow).finish(id) == (.success, ["y", "x"]))
        #expect(trace.lines == ["a on x", "b on y", "b on y again", "c on x"])
    }

    @Test func `so is a revert`() async throws {
        let flow = try Flow("travel") {
            visit("a", at: "x", in: trace)
            visit("b", at: "y", in: trace) { throw Woot() }
        }
        // After the start of b, and its outcome with the start of the revert.
        let id = try await interrupted(flow, at: 3)
        let journal = try #require(try await store.load(id)).journal
        #expect(journal.last?.state == .reverting)
        try await journey(flow).proceed(id, on: "x")
        #expect(try await store.load(id)?.journal == journal)
        #expect(try await journey(flow).finish(id) == (.reverted, ["y", "x"]))
        #expect(trace.lines == ["a on x", "b on y", "undo b on y", "undo b on y again", "undo a on x"])
    }

    @Test func `other steps go on meanwhile, and their failure has the interrupted step reverted at its place`()
        async throws
    {
        let flow = try Flow("travel") {
            visit("a", at: "x", in: trace)
            UnorderedFlow("u") {
                visit("b", at: "y", in: trace)
                visit("c", at: "x", in: trace) { throw Woot() }
            }
        }
        let engine = try Engine(flow, request: Nothing(), in: store, options: journey(flow).options(of: "x"))
        engine.atomNotifier.register([.success]) { [weak engine] _ in engine?.suspend() }
        _ = try await Here.$host.withValue("x") { try await engine.advance() }
        // The commit of the outcome of b.
        store.fail(at: 2)
        await #expect(throws: StoreDown.self) { try await journey(flow).proceed(engine.id, on: "y") }
        try await store.bury(holderOf: engine.id)
        try await journey(flow).proceed(engine.id, on: "x")
        #expect(try await journey(flow).finish(engine.id) == (.reverted, ["y", "x"]))
        let undone = ["undo c on x", "undo half of b on y", "undo a on x"]
        #expect(trace.lines == ["a on x", "b on y", "c on x"] + undone)
    }
}
