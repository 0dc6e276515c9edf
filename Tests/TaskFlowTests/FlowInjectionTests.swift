import TaskFlow
import Testing

struct FlowInjectionTests {
    let trace = Trace()

    @Test func `a graph needs nobody for what it is given itself`() async throws {
        let flow = try Flow("given") {
            GraphFlow("outer") {
                UnorderedFlow("inner") { reading("read", in: trace) }.injecting("inner", as: "host")
                giving("node-1", named: "choose")
            }
        }
        // Nothing links 'inner' to 'choose'.
        #expect(flow.recipe.steps == ["read", "choose"])
        try await Engine(flow, request: Nothing(), in: MemoryStore()).run()
        #expect(trace.lines == ["read read inner"])
    }

    @Test func `a retry of the flow is given the value, too, and deciders in it are`() async throws {
        struct Values: Fields { @Field var values: [Int] }
        let retry = Step(ParameterizedForEach(of: Int.self), named: "retry").writing(\.$value, to: "size")
        let trace = trace
        let flow = try Flow("given") {
            GraphFlow("g", retry: retry) {
                noting("a", in: trace)
                noting("b", in: trace)
                Step("c") { (input: Size) in
                    trace.note("c \(input.size)")
                    if input.size < 9 { throw Woot() }
                    return Nothing()
                }
            }
            .linking("a", to: "b", depth: .atom) { (input: Values) in input.values.count > 2 }
            .linking("b", to: "c")
            .injecting([8, 9], as: "values")
        }
        try await Engine(flow, request: Nothing(), in: MemoryStore()).run()
        #expect(trace.lines == ["a", "c 8", "undo a", "a", "c 9"])
    }

    @Test func `a value of another type, or none where one is required, is refused`() {
        let typed = #expect(throws: FlowCompilationError.self) {
            try Flow("given") { LinearFlow("sub") { reading("read", in: trace) }.injecting(1, as: "host") }
        }
        #expect(typed?.problems == ["'read' requires 'host: String', but the flow around it is given 'host: Int'"])
        let optional = #expect(throws: FlowCompilationError.self) {
            try Flow("given") {
                LinearFlow("sub") { reading("read", in: trace) }.injecting(String?.none, as: "host")
            }
        }
        #expect(
            optional?.problems == [
                "'read' requires 'host: String', but the value injected into the flow around it may be nil"
            ]
        )
    }
}
