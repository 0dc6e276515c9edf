import TaskFlow

// Listeners: an engine notifies registered handlers of each change of state, of the flow and of its steps.
//
// They are called in the order of their registration, between two steps; the flow itself doesn't depend on them.

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
enum SimpleLinearListen {
    static func main() async throws {
        let flow = try Flow("simple-linear-listen", taking: Messages.self) {
            A()
            B()
        }
        let engine = try Engine(flow, request: Messages(aMessage: "a", bMessage: "b"), in: MemoryStore())

        // For any state of the flow.
        engine.notifier.register { print(describe($0)) }
        // For its success only.
        engine.notifier.register([.success]) { print("\(describe($0)), told of SUCCESS only") }
        // For any state of a step.
        engine.atomNotifier.register {
            print("Task State: \($0.state.rawValue) of \($0.atom), was \($0.oldState.rawValue)")
        }

        try await engine.run()
    }

    static func describe(_ change: FlowChange) -> String {
        "Flow State: \(change.state.rawValue) of \(change.name) \(change.flow), was \(change.oldState.rawValue)"
    }
}
