import TaskFlow

// Parts that are assembled in any order that their values permit, and discarded if the car is not as ordered.

struct BuildACar: Example {
    static let name = "build-a-car"

    struct Spec: Codable {
        let frame: String
        let engine: String
        let doors: Int
        let wheels: Int
    }

    /// The values of the request.
    struct Order: Fields { @Field var spec: Spec }

    struct Verify: FlowTask {
        static let name = "verify"
        struct Input: Fields {
            @Field var spec: Spec
            @Field var frame: String
            @Field var engine: String
            @Field var doors: String
            @Field var wheels: String
        }

        func execute(_ input: Input) async throws -> Nothing {
            let (spec, built) = (input.spec, [input.frame, input.engine, input.doors, input.wheels])
            guard built == [spec.frame, spec.engine, "\(spec.doors)", "\(spec.wheels)"] else { throw WrongCar() }
            return Nothing()
        }
    }

    struct WrongCar: Error, CustomStringConvertible {
        var description: String { "Car doesn't match spec!" }
    }

    func run() async throws {
        let flow = try Flow("make-auto", taking: Order.self) {
            // The first step is reverted last.
            Step("startup", revert: { _, _ in print("Throwing away pieces of car!") }) { (_: Nothing) in Nothing() }
            GraphFlow("install-parts") {
                for (part, kind) in [("frame", "steel"), ("engine", "honda"), ("doors", "2"), ("wheels", "4")] {
                    Step("build-\(part)") { (_: Nothing) in Part(part: kind) }.writing(\.$part, to: part)
                }
                Self.install("engine", onto: ["frame", "engine"])
                Self.install("doors", onto: ["frame", "windows-installed", "doors"])
                Self.install("windows", onto: ["frame", "doors"])
                Self.install("wheels", onto: ["frame", "engine", "engine-installed", "wheels"])
            }
            Verify()
        }
        try await build(Spec(frame: "steel", engine: "honda", doors: 2, wheels: 4), by: flow)
        try await build(Spec(frame: "steel", engine: "honda", doors: 5, wheels: 4), by: flow)
    }

    struct Part: Fields { @Field var part: String }

    /// A step that can start when all of `pieces` are there.
    static func install(_ part: String, onto pieces: [String]) -> ReduceTask<String> {
        ReduceTask("install-\(part)", over: pieces, into: "\(part)-installed") { "\($0) \($1)" }
    }

    func build(_ spec: Spec, by flow: Flow<Order>) async throws {
        print("Building a car with \(spec.doors) doors")
        let engine = try Engine(flow, request: Order(spec: spec), in: MemoryStore())
        engine.notifier.register { print("Flow => \($0.state.rawValue)") }
        engine.atomNotifier.register { print("Task \($0.atom) => \($0.state.rawValue)") }
        do { try await engine.run() } catch let error as WrongCar { print("Flow failed: \(error)") }
    }
}
