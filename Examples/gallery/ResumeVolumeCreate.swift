import DirectoryStore
import Identity
import TaskFlow

// A run that is cancelled, as Ctrl-C would do, and is later resumed by its id.

struct ResumeVolumeCreate: Example {
    static let name = "resume-volume-create"

    struct CreateSpecs: PureTask {
        static let name = "create-specs"
        struct Output: Fields { @Field var locations: [String] }

        func execute(_ input: Nothing) async throws -> Output { Output(locations: (1...3).map { "/dev/vda\($0)" }) }
    }

    struct PrepareVolumes: FlowTask {
        static let name = "prepare-volumes"

        func execute(_ input: CreateSpecs.Output) async throws -> Nothing {
            for location in input.locations {
                print("Dusting off your hard drive \(location)")
                print("Your drive \(location) has been certified.")
            }
            return Nothing()
        }
    }

    /// - Parameter witness: waits for the nap to begin, which then lasts until it is cancelled; without one, it is
    ///   short.
    static func flow(witness: Rendezvous? = nil) throws -> Flow<Nothing> {
        try Flow("volume-create") {
            Step("start") { print("Starting volume create") }
            GraphFlow("maker") {
                CreateSpecs()
                Step("nap") {
                    print("I need a nap, it took me a while to build those specs.")
                    await witness?.arrive()
                    if witness != nil { try await Task.sleep(for: .seconds(86_400)) }
                }
                PrepareVolumes()
            }
            .linking("nap", to: "prepare-volumes")
            Step("finish") { print("Finished volume create") }
        }
    }

    func run() async throws {
        try await withDirectory { path in
            let store = try DirectoryStore(path: "\(path)/runs")
            let trackingID = try await begin(in: store)
            guard let id = FlowID(trackingID) else { return print("'\(trackingID)' is no id") }
            let engine = try await Engine(resuming: id, with: Self.flow().recipe, in: store)
            try await engine.run()
            print("The flow is \(engine.state.rawValue)")
        }
    }

    /// Begins a run, cancels it, and returns its id.
    func begin(in store: DirectoryStore) async throws -> String {
        let witness = Rendezvous(of: 2)
        let engine = try Engine(Self.flow(witness: witness), request: Nothing(), in: store)
        print("Your tracking id is: \(engine.id)")
        let run = Task { try await engine.run() }
        await witness.arrive()
        run.cancel()
        do {
            try await run.value
        } catch is CancellationError {
            print("Cancelled: the flow is \(engine.state.rawValue)")
        }
        return "\(engine.id)"
    }
}
