import TaskFlow

// A linear flow: its steps run one after the other, in the order in which they are written down.
//
// Each step says what it takes, and the flow finds the values by name; here they are among those that it is started with.

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

/// The values that are there before the first step.
struct Messages: Fields {
    @Field var aMessage: String
    @Field var bMessage: String
}

@main
enum SimpleLinear {
    static func main() async throws {
        // Building the flow checks it: a step whose value nothing provides is refused here, not when its turn comes.
        let flow = try Flow("simple-linear", taking: Messages.self) {
            A()
            B()
        }
        // The order of the values is of no account.
        let engine = try Engine(flow, request: Messages(aMessage: "a", bMessage: "b"), in: MemoryStore())
        try await engine.run()
    }
}
