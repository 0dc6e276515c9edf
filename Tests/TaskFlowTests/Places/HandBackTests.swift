import Identity
import Synchronization
import TaskFlow
import Testing

/// Runs that their engine hands back before their end.
struct HandBackTests {
    let store = MemoryStore()
    let board = MemoryJobBoard()
    let trace = Trace()

    @Test func `a run that is handed back waits for the place of its last step, and goes on there`() async throws {
        let engine = Mutex<Engine<MemoryStore>?>(nil)
        let flow = try Flow("travel") {
            visit("a", at: "x", in: trace)
            visit("b", at: "x", in: trace) { engine.withLock { $0 }?.handBack() }
            visit("c", in: trace)
            visit("d", at: "y", in: trace)
        }
        let journey = Journey(store: store, recipe: flow.recipe)
        var options = journey.options(of: "x")
        options.handOver = HandOverBoard(board, by: "x")
        let first = try Engine(flow, request: Nothing(), in: store, options: options)
        engine.withLock { $0 = first }
        #expect(try await first.advance() == .suspended)
        #expect(first.place == Place("x"))
        #expect(try await store.load(first.id)?.detail.place == Place("x"))
        #expect(try await board.jobs().map(\.job.details.place) == [Place("x")])
        #expect(try await journey.finish(first.id) == (.success, ["x", "y"]))
    }

    @Test func `a run without a step at a place is only suspended`() async throws {
        let engine = Mutex<Engine<MemoryStore>?>(nil)
        let flow = try Flow("stay") {
            visit("a", in: trace) { engine.withLock { $0 }?.handBack() }
            visit("b", at: "x", in: trace)
        }
        let options = Journey(store: store, recipe: flow.recipe).options(of: "x")
        let first = try Engine(flow, request: Nothing(), in: store, options: options)
        engine.withLock { $0 = first }
        #expect(try await first.advance() == .suspended)
        #expect(first.place == nil)
    }
}
