import TaskFlow
import Testing

/// What needs not be said where a flow is written.
struct StepFormTests {
    struct Copies: Fields {
        @Field var copies: Int = 2
        @Field var host: String
        @Field var suffix: String?
    }

    struct Greedy: Fields {
        @Field var size: Int
        @Field var copies: Int = 2
    }

    struct Sparse: Fields {
        @Field var copies: Int?
    }

    let trace = Trace()

    func reading(_ name: String) -> Step<Pure<Copies, Nothing>> {
        Step(
            Pure { [trace] input in
                trace.note("\(name): \(input.copies) \(input.host) \(input.suffix ?? "-")")
                return Nothing()
            },
            named: name
        )
    }

    @Test func `an input that is declared with a default needs no provider, and takes what one gives`() async throws {
        let flow = try Flow("defaults", taking: Host.self) {
            reading("by default")
            reading("injected").injecting(7, as: \.$copies)
            Step("sparse") { Sparse(copies: nil) }
            reading("left out")
            Step("give") { Size(size: 5) }.writing(\.$size, to: "number")
            reading("given").reading(\.$copies, from: "number")
        }
        try await Engine(flow, request: Host(host: "node"), in: MemoryStore()).run()
        let values = [("by default", 2), ("injected", 7), ("left out", 2), ("given", 5)]
        #expect(trace.lines == values.map { "\($0): \($1) node -" })
        #expect(Copies(host: "node").copies == 2)
    }

    @Test func `a default that could be that of several fields counts for none, and the error says so`() throws {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("unclear", taking: Size.self) { Step(Pure { (_: Greedy) in Nothing() }, named: "greedy") }
        }
        #expect(
            error?.problems == [
                "'greedy' requires 'copies: Int', which nothing before it provides "
                    + "(a default counts only if all fields of its type have one)"
            ]
        )
    }

    @Test func `closures that give nothing, or take nothing, are steps`() async throws {
        let flow = try Flow("closures", retry: Times(2)) {
            Step("give") { Size(size: 3) }
            Step("take") { [trace] (input: Size) in trace.note("size \(input.size)") }
            Step(
                "undo",
                revert: { [trace] (input: Size, _) in trace.note("undo \(input.size)") },
                execute: { (_: Size) in try await Task.sleep(for: .zero) }
            )
            Step("fail") { throw Woot() }
        }
        await #expect(throws: Woot.self) { try await Engine(flow, in: MemoryStore()).run() }
        #expect(trace.lines == ["size 3", "undo 3", "size 3", "undo 3"])
    }

    @Test func `a retry is given to a flow as it is, and is no step of one`() async throws {
        let flow = try Flow("retried") {
            LinearFlow("a", retry: Step(Times(2), named: "of a")) { failing("x") }
        }
        await #expect(throws: Woot.self) { try await Engine(flow, in: MemoryStore()).run() }
        let part = LinearFlow("a", retry: ForEach([1])) {
            UnorderedFlow("b", retry: AlwaysRevert()) { noting("x", in: trace) }
        }
        try await Engine(Flow("sub") { part }, in: MemoryStore()).run()
        let error = #expect(throws: FlowCompilationError.self) { try Flow("misplaced") { Times(2) } }
        #expect(error?.problems == ["'times' is a retry: give it to a flow as its 'retry'"])
    }

    @Test func `a step's priority beats that of its type`() async throws {
        let flow = try Flow("priorities") {
            UnorderedFlow("u") {
                noting("last", in: trace).priority(-1)
                noting("middle", in: trace)
                noting("first", in: trace).priority(.max)
            }
        }
        try await Engine(flow, in: MemoryStore()).run()
        #expect(trace.lines == ["first", "middle", "last"])
    }

    @Test func `a step without a name is refused`() {
        #expect(throws: FlowCompilationError.self) { try Flow("nameless") { noting("", in: trace) } }
    }
}
