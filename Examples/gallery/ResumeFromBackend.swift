import DirectoryStore
import TaskFlow

// A run that a listener suspends in the middle, and another engine resumes.

struct ResumeFromBackend: Example {
    static let name = "resume-from-backend"

    struct Work: FlowTask {
        static let name = "work"
        struct Output: Fields { @Field var answer: String }

        func execute(_ input: Nothing) async throws -> Output {
            print("executing \(TaskContext.required.atom)")
            return Output(answer: "ok")
        }
    }

    func run() async throws {
        let flow = try Flow("resume-from-backend") {
            Step(Work(), named: "first").writing(\.$answer, to: "answer-1")
            Step("boom") {}
            Step(Work(), named: "second").writing(\.$answer, to: "answer-2")
        }
        try await withDirectory { path in
            let store = try DirectoryStore(path: "\(path)/runs")
            let engine = try Engine(flow, request: Nothing(), in: store)
            engine.atomNotifier.register([.success]) { [weak engine] in if $0.atom == "boom" { engine?.suspend() } }
            try await show(engine.id, in: store, "At the beginning, there is nothing")

            print("Running")
            try await engine.run()
            try await show(engine.id, in: store, "After running")

            print("Resuming and running again")
            try await Engine(resuming: engine.id, with: flow.recipe, in: store).run()
            try await show(engine.id, in: store, "At the end")
        }
    }

    func show(_ flow: FlowID, in store: some FlowStore, _ heading: String) async throws {
        print(heading)
        guard let (detail, journal) = try await store.load(flow) else { return print("  no such run") }
        print("  Flow '\(detail.name)' state: \(detail.state.rawValue)")
        for atom in FlowRecord(detail, journal: journal).atoms {
            print("  \(atom.name): \(atom.state.rawValue), result \(atom.results ?? "none")")
        }
    }
}
