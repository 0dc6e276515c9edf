import TaskFlow

// A link with a decider: the second step runs only if the decider says so, and is ignored otherwise.

struct SwitchGraphFlow: Example {
    static let name = "switch-graph-flow"

    struct Output: Fields { @Field var goOn: Bool }

    func run() async throws {
        let flow = try Flow("switch") {
            GraphFlow("root") {
                Step("r-a") { (_: Nothing) in
                    print("Running r-a")
                    return Output(goOn: false)
                }
                Step("r-b") { print("Running r-b") }
            }
            // The decider sees what r-b could see: here, the value of r-a.
            .linking("r-a", to: "r-b") { (seen: Output) in seen.goOn }
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        try await engine.run()

        print("After run, the flow is \(engine.state.rawValue):")
        // The diagram is also available for Graphviz and Mermaid.
        guard let (_, journal) = try await store.load(engine.id) else { return }
        print(FlowPicture(of: flow.recipe, journal: journal).text)
    }
}
