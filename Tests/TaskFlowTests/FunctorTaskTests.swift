import TaskFlow
import Testing

struct FunctorTaskTests {
    let trace = Trace()

    @Test func `a step of closures takes and gives fields, and undoes what it did`() async throws {
        let trace = trace
        let flow = try Flow("functors", taking: Size.self) {
            Step("choose") { (_: Size, outcome: Outcome<Host>) in
                if case .succeeded(let output) = outcome { trace.note("leave \(output.host)") }
            } execute: { (input: Size) in
                Host(host: "node-\(input.size)")
            }
            Step("tell") { (input: Host) in
                trace.note("tell \(input.host)")
                return Nothing()
            }
            .reading(\.$host, from: "host")
            Step("plain") { trace.note("plain") }
            failing("last")
        }
        #expect(flow.recipe.steps == ["choose", "tell", "plain", "last"])
        let engine = try Engine(flow, request: Size(size: 7), in: MemoryStore())
        #expect(try await engine.advance() == .reverted)
        #expect(trace.lines == ["tell node-7", "plain", "leave node-7"])
    }

    @Test func `what a closure throws fails its step`() async throws {
        let flow = try Flow("functors") { Step("plain") { throw Woot(message: "plain") } }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        await #expect(throws: Woot(message: "plain")) { try await engine.run() }
        #expect(engine.failures.map(\.atom) == ["plain"])
    }

    @Test func `two closures of one name are refused`() {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("functors") {
                Step("same") {}
                Step("same") {}
            }
        }
        #expect(error?.problems == ["two steps are named 'same'"])
    }
}
