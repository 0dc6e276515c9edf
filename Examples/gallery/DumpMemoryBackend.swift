import TaskFlow

// The content of a store in memory after a flow: the run, its request, and the output of each step.

struct DumpMemoryBackend: Example {
    static let name = "dump-memory-backend"

    struct Name: Fields {
        @Field var name: String
    }

    struct Greeting: Fields {
        @Field var greeting: String
    }

    func run() async throws {
        let store = MemoryStore()
        let flow = try Flow("greet", taking: Name.self) {
            Step("compose") { (input: Name) in Greeting(greeting: "Hello, \(input.name)") }
            Step("print") { (input: Greeting) in
                print(input.greeting)
                return Nothing()
            }
        }
        let engine = try Engine(flow, request: Name(name: "world"), in: store)
        try await engine.run()

        guard let (detail, journal) = try await store.load(engine.id) else { return }
        print("\(detail.name): \(detail.state.rawValue), asked for \(detail.request)")
        for atom in FlowRecord(detail, journal: journal).atoms {
            print("  \(atom.name): \(atom.state.rawValue), gave \(atom.results ?? "nothing")")
        }
        for entry in journal { print("  journal: \(entry.atom) \(entry.state.rawValue)") }
    }
}
