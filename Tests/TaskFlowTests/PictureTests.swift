import Identity
import TaskFlow
import Testing

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
                  style n0 fill:#ea9999
                """
        )
    }
}
