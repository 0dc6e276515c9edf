import TaskFlow
import Testing

struct SeparatelyRevertibleTests {
    struct Both: Fields {
        @Field var size: Int
        @Field var host: String
    }

    struct Volume: Fields { @Field var volume: String }

    struct Create: SeparatelyRevertibleTask {
        static let name = "create"
        let trace: Trace

        func execute(_ input: Size) async throws -> Volume { Volume(volume: "volume-\(input.size)") }

        func revert(_ input: Host, after outcome: Outcome<Volume>) async throws {
            guard case .succeeded(let output) = outcome else { return }
            trace.note("\(TaskContext.required.atom): remove \(output.volume) from \(input.host)")
        }
    }

    let trace = Trace()

    @Test func `a revert takes values of its own, injected ones of the same field included`() async throws {
        let flow = try Flow("separate", taking: Both.self) {
            Step(Create(trace: trace))
            Step(Pure { (_: Nothing) in Host(host: "node-2") }, named: "choose").writing(\.$host, to: "other")
            Step(Create(trace: trace), named: "second").reverting(reading: \.$host, from: "other")
                .writing(\.$volume, to: "second")
            failing("last")
        }
        #expect(
            try await Engine(flow, request: Both(size: 1, host: "node-1"), in: MemoryStore()).advance() == .reverted
        )
        #expect(trace.lines == ["second: remove volume-1 from node-2", "create: remove volume-1 from node-1"])
    }

    @Test func `the value has to be there before the step, not only before its revert`() {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("separate", taking: Size.self) {
                Create(trace: trace)
                giving("node-1", named: "choose")
            }
        }
        #expect(error?.problems == ["'create' requires 'host: String', which nothing before it provides"])
    }

    @Test func `in a graph the step waits for it`() throws {
        let flow = try Flow("separate", taking: Size.self) {
            GraphFlow("g") {
                Create(trace: trace)
                giving("node-1", named: "choose")
            }
        }
        #expect(flow.recipe.steps == ["choose", "create"])
    }

    /// Takes a host that its revert does not take, though it has one of the same name.
    struct Move: SeparatelyRevertibleTask {
        struct RevertInput: Fields { @Field var host: Int }
        static let name = "move"
        let trace: Trace

        func execute(_ input: Host) async throws -> Nothing { Nothing() }

        func revert(_ input: RevertInput, after outcome: Outcome<Nothing>) async throws {
            trace.note("to \(input.host)")
        }
    }

    @Test func `what is injected into the execution is not the revert's that reads, or is of another type`()
        async throws
    {
        let flow = try Flow("separate", taking: Size.self) {
            Step(Move(trace: trace)).injecting("node-1", as: \.$host).reverting(reading: \.$host, from: "size")
            failing("last")
        }
        #expect(try await Engine(flow, request: Size(size: 9), in: MemoryStore()).advance() == .reverted)
        #expect(trace.lines == ["to 9"])
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("separate") { Step(Move(trace: trace)).injecting("node-1", as: \.$host) }
        }
        #expect(error?.problems == ["'move' requires 'host: Int', which nothing before it provides"])
    }

    @Test func `a plain stored property of what the revert takes is refused by name`() {
        struct Plain: Fields {
            @Field var host: String
            var size: Int
        }
        struct Wrong: SeparatelyRevertibleTask {
            static let name = "wrong"
            func execute(_ input: Nothing) async throws -> Nothing { input }
            func revert(_ input: Plain, after outcome: Outcome<Nothing>) async throws {}
        }
        let error = #expect(throws: FlowCompilationError.self) { try Flow("separate", taking: Host.self) { Wrong() } }
        #expect(error?.problems == ["'wrong': 'size' is a plain Int: declare it '@Field var size: Int'"])
    }
}
