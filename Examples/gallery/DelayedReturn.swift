import TaskFlow

// A caller that gets its value as soon as one step has provided it, while the flow continues.

struct DelayedReturn: Example {
    static let name = "delayed-return"

    struct Output: Fields { @Field var greeting: String }

    func run() async throws {
        let caller = Rendezvous(of: 2)
        let flow = try Flow("delayed-return") {
            Step("hi") { (_: Nothing) in Output(greeting: "hi") }
            Step("bye") { (_: Nothing) in
                // Waits until the caller has its value.
                await caller.arrive()
                return Output(greeting: "bye")
            }
            .writing(\.$greeting, to: "farewell")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())

        let (greetings, promise) = AsyncThrowingStream<String, any Error>.makeStream()
        engine.atomNotifier.register([.success, .failure]) { change in
            guard change.atom == "hi" else { return }
            if let greeting = change.output["greeting"] as? String { promise.yield(greeting) }
            promise.finish(throwing: change.failure)
        }
        async let end: Void = engine.run()
        for try await greeting in greetings { print(greeting) }
        print(engine.state.rawValue)

        await caller.arrive()
        try await end
        print(engine.state.rawValue)
    }
}
