import TaskFlow
import Testing

struct CollectingTaskTests {
    struct Numbers: Fields {
        @Field var a: Int
        @Field var b: Int
        @Field var c: Int
    }

    struct Total: Fields { @Field var total: Int }
    struct Words: Fields { @Field var words: [String] }

    let store = LedgerStore()
    let numbers = Numbers(a: 1, b: 2, c: 3)

    @Test func `a map gives what a function makes of the values, in the order of their symbols`() async throws {
        let flow = try Flow("collecting", taking: Numbers.self) {
            MapTask("words", over: ["c", "a", "b", "a"], into: "words") { (number: Int) in "<\(number)>" }
        }
        let engine = try Engine(flow, request: numbers, in: store)
        try await engine.run()
        #expect(try engine.fetch("words") == ["<3>", "<1>", "<2>", "<1>"])
    }

    @Test func `a reduction goes from the first to the last`() async throws {
        let flow = try Flow("collecting", taking: Numbers.self) {
            ReduceTask("total", over: ["c", "b", "a"], into: "total") { (left: Int, right: Int) in left * 10 - right }
        }
        let engine = try Engine(flow, request: numbers, in: store)
        try await engine.run()
        #expect(try engine.fetch("total", as: Int.self) == (3 * 10 - 2) * 10 - 1)
    }

    @Test func `what they give is seen by others, and by other processes`() async throws {
        let trace = Trace()
        let flow = try Flow("collecting", taking: Numbers.self) {
            Step(Pure { (_: Nothing) in Size(size: 4) }, named: "four")
            GraphFlow("g") {
                Step(
                    Pure { (input: Total) in
                        trace.note("total \(input.total)")
                        return Nothing()
                    },
                    named: "tell"
                )
                ReduceTask("total", over: ["a", "size"], into: "total") { (left: Int, right: Int) in left + right }
            }
            Step("last") {}
        }
        let engine = try Engine(flow, request: numbers, in: store)
        engine.atomNotifier.register([.success]) { [weak engine] in if $0.atom == "last" { engine?.suspend() } }
        try await engine.advance()
        #expect(trace.lines == ["total 5"])
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(try resumed.fetch("total", as: Int.self) == 5)
    }

    @Test func `what the function throws fails the step`() async throws {
        let flow = try Flow("collecting", taking: Numbers.self) {
            MapTask("words", over: ["a"], into: "words") { (_: Int) -> Int in throw Woot() }
        }
        await #expect(throws: Woot.self) { try await Engine(flow, request: numbers, in: store).run() }
    }

    @Test func `values that are missing, of another type or too few are refused`() {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("collecting", taking: Host.self) {
                MapTask("none", over: [], into: "x") { (number: Int) in number }
                MapTask("missing", over: ["size"], into: "y") { (number: Int) in number }
                MapTask("typed", over: ["host"], into: "z") { (number: Int) in number }
                ReduceTask("few", over: ["host"], into: "w") { (left: String, right: String) in left + right }
            }
        }
        #expect(
            error?.problems == [
                "'none': there is no symbol to map",
                "'missing' requires 'size: Int', which nothing before it provides",
                "'typed' requires 'host: Int', but the request gives 'host: String'",
                "'few': a reduction needs at least two symbols, but it has 1",
            ]
        )
    }
}
