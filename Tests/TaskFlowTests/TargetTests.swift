import TaskFlow
import Testing

struct TargetTests {
    let trace = Trace()

    func graph() -> GraphFlow {
        GraphFlow("g") {
            noting("a", in: trace)
            noting("b", in: trace)
            LinearFlow("sub") {
                noting("x", in: trace)
                noting("y", in: trace)
            }
            noting("last", in: trace)
        }
    }

    func run(_ graph: GraphFlow) async throws -> [String] {
        let flow = try Flow("targeted") { graph }
        try await Engine(flow, request: Nothing(), in: MemoryStore()).run()
        #expect(flow.recipe.steps == trace.lines)
        return trace.lines
    }

    @Test func `a target waits for what is linked to it, directly or not, and brings it along`() async throws {
        let graph = graph().linking("a", to: "sub").linking("sub", to: "last").targeting("last")
        #expect(try await run(graph) == ["a", "x", "y", "last"])
    }

    @Test func `a whole subflow may be the target, and links may come after`() async throws {
        #expect(try await run(graph().targeting("sub").linking("b", to: "sub")) == ["b", "x", "y"])
    }

    @Test func `a target that nothing leads to is alone`() async throws {
        #expect(try await run(graph().linking("a", to: "last").targeting("b")) == ["b"])
    }

    @Test func `of several targets the last counts`() async throws {
        #expect(try await run(graph().targeting("b").targeting("a")) == ["a"])
    }

    @Test func `deciders on the way to a target are asked`() async throws {
        let graph = graph()
            .linking("a", to: "b") { (_: Nothing) in false }.linking("b", to: "last").targeting("last")
        let flow = try Flow("targeted") { graph }
        try await Engine(flow, request: Nothing(), in: MemoryStore()).run()
        #expect(trace.lines == ["a"])
    }

    @Test func `what is left out gives nothing to others and needs nothing`() throws {
        let graph = GraphFlow("g") {
            giving("node-1", named: "choose")
            noting("a", in: trace)
            Step(Pure { (_: Size) in Nothing() }, named: "needy")
        }
        .targeting("a")
        #expect(try Flow("targeted") { graph }.recipe.steps == ["a"])
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("targeted") {
                graph
                reading("read", in: trace)
            }
        }
        #expect(error?.problems == ["'read' requires 'host: String', which nothing before it provides"])
    }

    @Test func `a target that there is not is refused, and links of it`() {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("targeted") { graph().linking("a", to: "other").targeting("another") }
        }
        #expect(
            error?.problems == ["graph 'g' has no part 'other' to link", "graph 'g' has no part 'another' to target"]
        )
    }
}
