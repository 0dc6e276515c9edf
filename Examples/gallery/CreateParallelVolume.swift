import TaskFlow

// Five volumes made at the same time, each of which is removed again if one of them can't be made.

struct CreateParallelVolume: Example {
    static let name = "create-parallel-volume"

    /// The backend that holds the volumes.
    actor Pool {
        private(set) var volumes: Set<String> = []

        func create(_ volume: String) { volumes.insert(volume) }
        func remove(_ volume: String) { volumes.remove(volume) }
    }

    struct CreateVolume: RevertibleTask {
        static let name = "create-volume"
        let volume: String
        let isPossible: Bool
        let pool: Pool
        let everybody: Rendezvous

        func execute(_ input: Nothing) async throws -> Nothing {
            // No volume is made before all steps have begun.
            await everybody.arrive()
            guard isPossible else { throw NoSpace(volume: volume) }
            await pool.create(volume)
            return Nothing()
        }

        /// Also finds the volume of an execution that failed, or that died with its process.
        func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws { await pool.remove(volume) }
    }

    struct NoSpace: Error, CustomStringConvertible {
        let volume: String
        var description: String { "there is no space for \(volume)" }
    }

    func run() async throws {
        try await makeVolumes(without: nil)
        try await makeVolumes(without: "vol-3")
    }

    func makeVolumes(without impossible: String?) async throws {
        let (pool, everybody, names) = (Pool(), Rendezvous(of: 5), (0..<5).map { "vol-\($0)" })
        let flow = try Flow("volume-maker") {
            UnorderedFlow("volumes") {
                for name in names {
                    Step(
                        CreateVolume(volume: name, isPossible: name != impossible, pool: pool, everybody: everybody),
                        named: "create-\(name)"
                    )
                }
            }
        }
        let options = EngineOptions(parallelism: names.count)
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore(), options: options)
        let listener = CapturingListener()
        let state = try await engine.listening(with: listener) { try await engine.advance() }
        // The order in which the steps change their states is random.
        for step in flow.recipe.steps {
            let states = listener.atomChanges.filter { $0.atom == step }.map(\.state.rawValue)
            print("\(step): \(states.joined(separator: ", "))")
        }
        print("\(state.rawValue): \(await pool.volumes.sorted()) \(engine.failures)")
    }
}
