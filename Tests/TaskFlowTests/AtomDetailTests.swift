import Foundation
import TaskFlow
import Testing

struct AtomDetailTests {
    let store = MemoryStore()
    let time = Date(timeIntervalSince1970: 1_700_000_000)

    /// Runs a flow to its end and gives what is known of its steps.
    func run(_ flow: Flow<Nothing>) async throws -> [AtomDetail] {
        let engine = try Engine(flow, request: Nothing(), in: store) { [time] in time }
        try await engine.advance()
        let (detail, journal) = try #require(try await store.load(engine.id))
        return AtomDetail.details(of: detail, journal: journal)
    }

    @Test func `a success keeps its results`() async throws {
        let details = try await run(Flow("f") { giving("here", named: "a") })
        #expect(details.map(\.name) == ["a"])
        #expect(details[0].version == 1)
        #expect(details[0].state == .success)
        #expect(details[0].results == #"{"host":"here"}"#)
        #expect(details[0].failure == nil)
        #expect(details[0].attempts == 1)
        #expect(details[0].startedAt == time)
        #expect(details[0].updatedAt == time)
    }

    @Test func `what is reverted keeps its results and its failure, and what never ran is pending`() async throws {
        let details = try await run(
            Flow("f") {
                giving("here", named: "a")
                failing("b")
                noting("c", in: Trace())
            }
        )
        #expect(details.map(\.state) == [.reverted, .reverted, .pending])
        #expect(details[0].results == #"{"host":"here"}"#)
        #expect(details[1].failure?.error() == Woot())
        #expect(details[1].results == nil)
        #expect(details.map(\.attempts) == [1, 1, 0])
        #expect(details[2].startedAt == nil)
    }

    @Test func `a revert that fails has its own failure, until it is mended`() async throws {
        let trace = Trace()
        let flow = try Flow("f") {
            Step(
                External { (_: Nothing) -> Nothing in
                    throw Woot()
                } undoing: { _, _ in
                    trace.note("undo")
                    if trace.lines.count == 1 { throw Woot(message: "stuck") }
                },
                named: "a"
            )
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        for state in [AtomState.revertFailure, .reverted] {
            if state == .revertFailure {
                try await engine.advance()
            } else {
                try await Engine(resuming: engine.id, with: flow.recipe, in: store).advance()
            }
            let (detail, journal) = try #require(try await store.load(engine.id))
            let atom = try #require(AtomDetail.details(of: detail, journal: journal).first)
            #expect(atom.state == state)
            #expect(atom.failure?.error() == Woot())
            #expect(atom.revertFailure?.error() == (state == .reverted ? nil : Woot(message: "stuck")))
        }
    }

    @Test func `a flow that is tried again starts anew, and counts its attempts`() async throws {
        let trace = Trace()
        let details = try await run(
            Flow("f", retry: Step(Times(3))) {
                noting("a", in: trace)
                Step(
                    External { (_: Nothing) -> Nothing in
                        trace.note("b")
                        if trace.count(of: "b") < 3 { throw Woot() }
                        return Nothing()
                    },
                    named: "b"
                )
            }
        )
        #expect(details.map(\.name) == ["times", "a", "b"])
        #expect(details.map(\.state) == [.success, .success, .success])
        #expect(details.map(\.attempts) == [3, 3, 3])
        #expect(details[2].failure == nil)
    }

    @Test func `a run is told to people`() async throws {
        let flow = try Flow("publish", version: 2, taking: Size.self) {
            giving("here", named: "find-host")
            failing("export")
        }
        let book = LogBook(name: "today", meta: ["by": "me"], createdAt: time)
        try await store.save(book)
        let engine = try Engine(flow, request: Size(size: 1), subject: "data", book: book.id, in: store) { [time] in
            time
        }
        try await engine.advance()
        var (detail, journal) = try #require(try await store.load(engine.id))
        detail.updatedAt = time
        #expect(
            FlowRecord(detail, journal: journal).description == """
                Flow 'publish' version 2 of 'data': REVERTED
                 - id: \(engine.id)
                 - book: \(book.id)
                 - request: {"size":1}
                 - epoch: 1
                 - created at: 2023-11-14T22:13:20Z
                 - updated at: 2023-11-14T22:13:20Z
                  Atom 'find-host' version 1: REVERTED
                   - results: {"host":"here"}
                   - started at: 2023-11-14T22:13:20Z
                   - updated at: 2023-11-14T22:13:20Z
                  Atom 'export' version 1: REVERTED
                   - failure: Woot(message: "Woot!")
                   - started at: 2023-11-14T22:13:20Z
                   - updated at: 2023-11-14T22:13:20Z
                """
        )
        #expect(
            book.description == """
                LogBook 'today'
                 - id: \(book.id)
                 - created at: 2023-11-14T22:13:20Z
                 - updated at: 2023-11-14T22:13:20Z
                 - meta by: me
                """
        )
    }
}
