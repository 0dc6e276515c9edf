import Foundation
import Identity
import TaskFlow
import TestKit
import Testing

@testable import SQLStore

/// Runs on two hosts that share a database, each host with a store of its own.
@Suite(.scratchDirectory)
struct PlaceTests {
    /// A step at a place.
    struct Mark: RevertibleTask, PlacedTask {
        static let name = "mark"
        let place: Place

        func place(for input: Nothing) -> Place? { place }

        func execute(_ input: Nothing) async throws -> Nothing { Nothing() }

        func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws {}
    }

    func flow(_ places: String...) throws -> Flow<Nothing> {
        try Flow("travel") {
            for (number, place) in places.enumerated() {
                Step(Mark(place: Place(place)), named: "\(number)")
            }
        }
    }

    func options(_ host: String, _ store: SQLStore) -> EngineOptions {
        EngineOptions(places: .only([Place(host)]), handOver: HandOverBoard(SQLJobBoard(in: store), by: host))
    }

    func conduct(_ flow: Flow<Nothing>, on host: String, _ store: SQLStore) async throws {
        let options = ConductorOptions(
            waitTimeout: .milliseconds(5),
            engine: EngineOptions(places: .only([Place(host)]))
        )
        let conductor = Conductor(
            named: host,
            board: SQLJobBoard(in: store),
            flows: FlowRegistry(flow),
            store: store,
            options: options
        )
        try await conductor.run(maxDispatches: 1)
    }

    @Test func `a run goes to the worker of another process, and its starter learns how it ended`() async throws {
        let (x, y) = (try Notes.open(), try Notes.open())
        let flow = try flow("x", "y", "y")
        let engine = try Engine(flow, request: Nothing(), in: x, options: options("x", x))
        #expect(try await engine.advance() == .suspended)
        #expect(try await SQLJobBoard(in: y).jobs().map(\.job.id) == [.carrying(engine.id)])
        async let ended = x.waitForEnd(of: engine.id, atMost: .seconds(600))
        try await conduct(flow, on: "y", y)
        #expect(try await ended?.state == .success)
        #expect(try await SQLJobBoard(in: y).jobs().isEmpty)
    }

    @Test func `recovery leaves runs that wait for another place alone`() async throws {
        let store = try Notes.open()
        let flow = try flow("x", "y")
        let engine = try Engine(flow, request: Nothing(), in: store, options: options("x", store))
        try await engine.advance()
        // The time for which a suspended run may be about to be resumed.
        try await store.run("UPDATE flow SET updated_at = 0")
        for (places, isFound) in [(Places.all, true), (.only([Place("y")]), true), (.only([Place("x")]), false)] {
            #expect(try await store.suspended(serving: places).map(\.id) == (isFound ? [engine.id] : []))
            #expect(try await store.progress(of: engine.id, serving: places)?.isLeftAlone == isFound)
        }
        #expect(try await store.abandoned().isEmpty)
    }

    @Test func `the store tells which runs wait for a place, and since when`() async throws {
        let store = try Notes.open()
        var ids: [FlowID] = []
        for places in [["x", "y"], ["x", "z"], ["x", "y"], ["x"]] {
            let flow = try Flow("travel") {
                for (number, place) in places.enumerated() { Step(Mark(place: Place(place)), named: "\(number)") }
            }
            let engine = try Engine(flow, request: Nothing(), in: store, options: options("x", store))
            try await engine.advance()
            ids.append(engine.id)
        }
        #expect(try await store.waiting(for: Place("y"), limit: 10).map(\.id) == [ids[0], ids[2]])
        #expect(try await store.waiting(limit: 2).map(\.id) == [ids[0], ids[1]])
        let since = try #require(try await store.load(ids[0])?.detail.updatedAt)
        let queues = try await store.queues()
        #expect(queues.map(\.place.name) == ["y", "z"])
        #expect(queues.map(\.count) == [2, 1])
        #expect(queues.first?.since == since)
    }

    @Test func `a run that waits for a dead host can be cancelled, and is reverted where it has been`() async throws {
        let store = try Notes.open()
        let flow = try flow("x", "y")
        let engine = try Engine(flow, request: Nothing(), in: store, options: options("x", store))
        try await engine.advance()
        #expect(try await store.requestCancel(engine.id, unlessStarted: nil) == .recorded)
        try await store.run("UPDATE flow SET updated_at = 0")
        #expect(try await store.suspended(serving: .only([Place("x")])).map(\.id) == [engine.id])
        let resumed = try await Engine(
            resuming: engine.id,
            with: flow.recipe,
            in: store,
            options: options("x", store)
        )
        #expect(try await resumed.advance() == .reverted)
        // The job that was on its way to y is done with.
        try await conduct(flow, on: "y", store)
        #expect(try await SQLJobBoard(in: store).jobs().isEmpty)
    }

    @Test func `a cancelled run that has something to revert at a place waits for it again`() async throws {
        let store = try Notes.open()
        let flow = try flow("x", "y", "x")
        let engine = try Engine(flow, request: Nothing(), in: store, options: options("x", store))
        try await engine.advance()
        // At y up to the hand-over back to x.
        try await conduct(flow, on: "y", store)
        #expect(try await store.load(engine.id)?.detail.place == Place("x"))
        #expect(try await store.requestCancel(engine.id, unlessStarted: nil) == .recorded)
        try await Engine(resuming: engine.id, with: flow.recipe, in: store, options: options("x", store)).advance()
        #expect(try await store.load(engine.id)?.detail.place == Place("y"))
        #expect(try await store.requestCancel(engine.id, unlessStarted: nil) == .recorded)
        #expect(try await store.load(engine.id)?.detail.place == Place("y"))
        try await conduct(flow, on: "y", store)
        try await conduct(flow, on: "x", store)
        #expect(try await store.load(engine.id)?.detail.state == .reverted)
    }

    @Test func `a run's record says which process ran which step`() async throws {
        let store = try Notes.open()
        let flow = try flow("x", "y", "x")
        let engine = try Engine(flow, request: Nothing(), in: store, options: options("x", store))
        try await engine.advance()
        for (owner, host) in [("one", "y"), ("two", "x")] {
            // Each host is a process of its own.
            try await store.run("UPDATE flow SET owner = '\(owner)'")
            try await conduct(flow, on: host, store)
        }
        let (detail, journal) = try #require(try await store.load(engine.id))
        let holders = try await store.holders(of: engine.id)
        let atoms = AtomDetail.details(of: detail, journal: journal, holders: holders)
        #expect(atoms.map(\.owner) == ["one", "two", detail.owner])
        #expect(FlowRecord(detail, journal: journal, holders: holders).description.contains(" - run by: one"))
    }
}
