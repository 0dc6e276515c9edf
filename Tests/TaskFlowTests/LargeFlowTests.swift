import Testing

@testable import TaskFlow

/// Flows as no person writes them, but a loop may.
struct LargeFlowTests {
    struct Number: Fields {
        @Field var number: Int
    }

    let trace = Trace()

    func nested(_ depth: Int, in wrap: (String, [any FlowPart]) -> any FlowPart) -> any FlowPart {
        var part: any FlowPart = noting("innermost", in: trace)
        for level in 1...depth { part = wrap("level \(level)", [part]) }
        return part
    }

    static let patterns: [@Sendable (String, [any FlowPart]) -> any FlowPart] = [
        { name, parts in LinearFlow(name) { parts } },
        { name, parts in UnorderedFlow(name, retry: Step(Times(), named: "retry of \(name)")) { parts } },
        { name, parts in
            GraphFlow(name) { parts }.targeting((parts[0] as? any Subflow)?.part.name ?? "innermost")
                .injecting(1, as: name)
        },
    ]

    @Test(arguments: patterns.indices)
    func `flows in flows run to any depth that is allowed, and are refused beyond`(pattern: Int) async throws {
        let deep = nested(490, in: Self.patterns[pattern])
        try await Engine(Flow("deep") { [deep] }, in: MemoryStore()).run()
        #expect(trace.lines == ["innermost"])

        for depth in [501, 5_000, 20_000] {
            let deeper = nested(depth, in: Self.patterns[pattern])
            let error = #expect(throws: FlowCompilationError.self) { try Flow("deeper") { [deeper] } }
            #expect(error?.description.contains("flows are nested more than 500 levels deep") == true)
        }
    }

    @Test func `a graph's chain of thousands is built and runs in order`() async throws {
        let count = 2_000
        let steps = (0..<count).reversed()
            .map { place in
                Step(Pure { (input: Number) in Number(number: input.number + 1) }, named: "step \(place)")
                    .reading(\.$number, from: place == 0 ? "start" : "number \(place)")
                    .writing(\.$number, to: "number \(place + 1)")
            }
        var graph = GraphFlow("chain") { steps }
        for place in 1..<count {
            graph = graph.linking("step \(place - 1)", to: "step \(place)") { (_: Nothing) in true }
        }
        let linked = graph
        let flow = try Flow("long") {
            Step("first") { Number(number: 0) }.writing(\.$number, to: "start")
            linked
        }
        let engine = try Engine(flow, in: MemoryStore())
        try await engine.run()
        #expect(try engine.fetch("number \(count)") == count)
    }

    @Test func `a retry may try thousands of times`() async throws {
        let flow = try Flow("stubborn", retry: Times(2_000)) {
            Step(
                Pure { (input: Times.Output) in
                    if input.attempt < 2_000 { throw Woot() }
                    return Nothing()
                },
                named: "try"
            )
        }
        let engine = try Engine(flow, in: MemoryStore())
        try await engine.run()
        #expect(try engine.fetch("attempt") == 2_000)
    }

    @Test func `thousands of flows without steps, one after the other, begin and end`() async throws {
        let flow = try Flow("empty") {
            for number in 1...3_000 {
                UnorderedFlow("\(number)") {
                    LinearFlow("a") {}
                    LinearFlow("b") {}
                }
            }
            failing("last")
        }
        await #expect(throws: Woot.self) { try await Engine(flow, in: MemoryStore()).run() }
    }

    @Test func `a link to a name that several parts have is refused, and so is such a target`() throws {
        let graph = GraphFlow("g") {
            LinearFlow("twin") { noting("a", in: trace) }
            LinearFlow("twin") { noting("b", in: trace) }
            noting("c", in: trace)
        }
        _ = try Flow("twins") { graph }
        for ambiguous in [graph.linking("twin", to: "c"), graph.linking("c", to: "twin"), graph.targeting("twin")] {
            let error = #expect(throws: FlowCompilationError.self) { try Flow("twins") { ambiguous } }
            #expect(error?.problems.count == 1)
            #expect(error?.problems.first?.contains("2 parts 'twin'") == true)
        }
    }

    @Test(arguments: [1, 2])
    func `a decider sees the values of all that its link waits for, however far, and of nobody else`(
        seen: Int
    ) async throws {
        let flow = try Flow("decided") {
            GraphFlow("g") {
                Step("give 1") { Number(number: 1) }.writing(\.$number, to: "one")
                Step("give 2") { Number(number: 2) }.writing(\.$number, to: "two")
                noting("a", in: trace)
                LinearFlow("sub") {
                    GraphFlow("inner") {
                        noting("b", in: trace)
                        noting("c", in: trace)
                    }
                    .linking("b", to: "c") { (input: One) in input.one == seen }
                }
            }
            .linking("give 1", to: "a").linking("a", to: "sub")
        }
        try await Engine(flow, in: MemoryStore()).run()
        #expect(trace.lines == (seen == 1 ? ["a", "b", "c"] : ["a", "b"]))
        #expect(throws: FlowCompilationError.self) {
            try Flow("blind") {
                GraphFlow("g") {
                    Step("give 1") { Number(number: 1) }.writing(\.$number, to: "one")
                    noting("a", in: trace)
                    noting("b", in: trace)
                }
                .linking("a", to: "b") { (input: One) in input.one == seen }
            }
        }
    }

    struct One: Fields {
        @Field var one: Int
    }
}
