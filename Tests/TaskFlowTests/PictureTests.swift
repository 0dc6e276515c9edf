import Foundation
import Identity
import Testing

@testable import TaskFlow

struct PictureTests {
    private func flow() throws -> Flow<Nothing> {
        let trace = Trace()
        return try Flow("pictured") {
            noting("first", in: trace)
            UnorderedFlow("middle") {
                noting("left", in: trace)
                noting("right", in: trace)
            }
            UnorderedFlow("end") {
                noting("up", in: trace)
                noting("down", in: trace)
            }
        }
    }

    @Test func `a terminal shows each step and what it waits for`() throws {
        #expect(
            FlowPicture(of: try flow().recipe).text == """
                first
                left
                right  after first
                up     after left, right
                down   after left, right
                """
        )
    }

    @Test func `Graphviz shows the states of a run in colours, and a point where many wait for many`() async throws {
        let (flow, store) = (try flow(), MemoryStore())
        let engine = try Engine(flow, request: Nothing(), in: store)
        try await engine.run()
        let journal = try #require(try await store.load(engine.id)).journal
        let lines = FlowPicture(of: flow.recipe, journal: journal).dot.split(separator: "\n")
        #expect(lines.first == "digraph \"pictured\" {")
        #expect(lines.contains(##"  n0 [label="first\nSUCCESS", style=filled, fillcolor="#b6d7a8"]"##))
        #expect(lines.contains("  n5 [shape=point]"))
        #expect(
            Set(lines.filter { $0.contains("->") }) == [
                "  n0 -> n1", "  n0 -> n2", "  n1 -> n5", "  n2 -> n5", "  n5 -> n3", "  n5 -> n4",
            ]
        )
    }

    @Test func `Mermaid shows the flow, and no name breaks out of its label`() throws {
        let flow = try Flow("quoted") { noting("say \"hi\"\\", in: Trace()) }
        #expect(
            FlowPicture(of: flow.recipe, states: ["say \"hi\"\\": .revertFailure]).mermaid == """
                flowchart LR
                  n0["say 'hi'/<br/>REVERT_FAILURE"]
                  style n0 fill:#ea9999,color:#000000
                """
        )
    }

    @Test func `the stored shape of a run is enough for its diagram`() async throws {
        let (flow, store) = (try flow(), MemoryStore())
        let engine = try Engine(flow, request: Nothing(), in: store)
        try await engine.run()
        let run = try #require(try await store.load(engine.id))
        let stored = RecordedShape(stored: try #require(run.detail.shape).text)
        let picture = FlowPicture(of: try stored.shape(), named: "pictured", journal: run.journal)
        #expect(picture.dot == FlowPicture(of: flow.recipe, journal: run.journal).dot)
    }

    @Test func `a step that failed and was reverted shows both`() throws {
        let flow = try Flow("failing") { noting("first", in: Trace()) }
        func entry(_ state: AtomState) -> JournalEntry {
            JournalEntry(atom: "first", state: state, startedAt: Date(), at: Date())
        }
        let reverted = [entry(.running), entry(.failure), entry(.reverting), entry(.reverted)]
        #expect(FlowPicture(of: flow.recipe, journal: reverted).text == "first  FAILURE, REVERTED")
        let again = reverted + [entry(.pending), entry(.running), entry(.success)]
        #expect(FlowPicture(of: flow.recipe, journal: again).text == "first  SUCCESS")
    }

    @Test func `SVG has a box for each step below all that it waits for, and no name breaks out of it`() throws {
        let trace = Trace()
        let flow = try Flow("<&") {
            noting("first", in: trace)
            noting("<script>\"&", in: trace)
        }
        let svg = FlowPicture(of: flow.recipe, states: ["first": .success]).svg
        let texts = svg.matches(of: />([^<]*)<\/text>/).map { String($0.1) }
        #expect(texts == ["first", "SUCCESS", "&lt;script&gt;&quot;&amp;"])
        #expect(svg.matches(of: /<rect [^>]* y="([0-9.]+)"/).map { String($0.1) } == ["12", "76"])
        #expect(svg.contains("<title>&lt;&amp;</title>") && !svg.contains("<script"))
    }

    @Test func `a line that passes a layer passes beside its boxes`() {
        // 2 waits for 1, and both wait for 0.
        let layers = PictureLayers([[], [0], [0, 1]], widths: [50, 50, 50], gap: 20, step: 60)
        let line = layers.lines.first { $0.from == 0 && $0.to == 2 }
        #expect(line?.points.count == 3)
        let passing = line?.points[1]
        #expect(passing?.y == layers.places[1].y)
        #expect(abs((passing?.x ?? 0) - layers.places[1].x) >= 25)
    }
}
