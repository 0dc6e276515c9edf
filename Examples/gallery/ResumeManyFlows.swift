import DirectoryStore
import TaskFlow

// Runs whose processes died: another process finds them in the store and resumes them.
//
// Their deaths are not recorded anywhere: a process that runs flows holds a lock, which the system releases.

struct ResumeManyFlows: Example {
    static let name = "resume-many-flows"

    struct Work: FlowTask {
        static let name = "work"

        func execute(_ input: Nothing) async throws -> Nothing {
            print("executing \(TaskContext.required.atom)")
            return Nothing()
        }
    }

    struct Unfortunate: FlowTask {
        static let name = "boom"
        let isFatal: Bool

        func execute(_ input: Nothing) async throws -> Nothing {
            print("executing \(Self.name)\(TaskContext.required.isRepetition ? ", which was begun before" : "")")
            if isFatal {
                print("> the process ends here")
                endProcess()
            }
            print("> this time it does not end")
            return Nothing()
        }
    }

    static func flow(isFatal: Bool) throws -> Flow<Nothing> {
        try Flow("example") {
            Step(Work(), named: "first")
            Unfortunate(isFatal: isFatal)
            Step(Work(), named: "second")
        }
    }

    func run() async throws {
        if childArguments.count == 2 { return try await runAsChild(in: childArguments[0], childArguments[1]) }
        try await withDirectory { path in
            for fate in ["lives", "dies", "dies"] {
                print("A process that \(fate)")
                try await runInChild(Self.name, "\(path)/runs", fate)
            }
            print("Resuming all that was left")
            let store = try DirectoryStore(path: "\(path)/runs")
            let recipe = try Self.flow(isFatal: false).recipe
            for run in try await store.abandoned() {
                print("Resuming flow \(run.name) \(run.id)")
                try await Engine(resuming: run.id, with: recipe, in: store).run()
            }
        }
    }

    func runAsChild(in path: String, _ fate: String) async throws {
        let flow = try Self.flow(isFatal: fate == "dies")
        let engine = try Engine(flow, request: Nothing(), in: DirectoryStore(path: path))
        print("Running flow example \(engine.id)")
        try await engine.run()
    }
}
