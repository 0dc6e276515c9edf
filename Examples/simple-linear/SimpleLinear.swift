import TaskFlow

// A linear flow: its steps run one after another, in the order of their declaration.
//
// Each step declares its inputs, and the flow finds their values by name; here they come from the request.

struct A: FlowTask {
    static let name = "A"
    struct Input: Fields { @Field var aMessage: String }

    func execute(_ input: Input) async throws -> Nothing {
        print("A : \(input.aMessage)")
        return Nothing()
    }
}

struct B: FlowTask {
    static let name = "B"
    struct Input: Fields { @Field var bMessage: String }

    func execute(_ input: Input) async throws -> Nothing {
        print("B : \(input.bMessage)")
        return Nothing()
    }
}

/// The values of the request.
struct Messages: Fields {
    @Field var aMessage: String
    @Field var bMessage: String
}

@main
enum SimpleLinear {
    static func main() async throws {
        // Building the flow checks it: a step whose input nothing provides is refused here, not when the flow runs.
        let flow = try Flow("simple-linear", taking: Messages.self) {
            A()
            B()
        }
        // The order of the values doesn't matter.
        let engine = try Engine(flow, request: Messages(aMessage: "a", bMessage: "b"), in: MemoryStore())
        try await engine.run()
    }
}
