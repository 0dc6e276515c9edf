import TaskFlow

// Watchers: an engine tells whoever registers of each change of state, of the flow and of its steps.
//
// They are called in the order of their registration, between two steps; the flow itself knows nothing of them.

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
enum SimpleLinearListen {
    static func main() async throws {
        let flow = try Flow("simple-linear-listen", taking: Messages.self) {
            A()
            B()
        }
        let engine = try Engine(flow, request: Messages(aMessage: "a", bMessage: "b"), in: MemoryStore())

        // Of any state of the flow.
        engine.notifier.register { print(describe($0)) }
        // Of its success only.
        engine.notifier.register([.success]) { print("\(describe($0)), told of SUCCESS only") }
        // Of any state of a step.
        engine.atomNotifier.register {
            print("Task State: \($0.state.rawValue) of \($0.atom), was \($0.oldState.rawValue)")
        }

        try await engine.run()
    }

    static func describe(_ change: FlowChange) -> String {
        "Flow State: \(change.state.rawValue) of \(change.name) \(change.flow), was \(change.oldState.rawValue)"
    }
}
