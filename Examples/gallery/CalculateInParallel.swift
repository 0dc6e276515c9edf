import TaskFlow

// Steps that don't depend on each other are in an unordered flow, and run at the same time if the engine permits.

struct CalculateInParallel: Example {
    static let name = "calculate-in-parallel"

    struct Add: PureTask {
        static let name = "add"
        struct Input: Fields {
            @Field var x: Int
            @Field var y: Int
        }
        struct Output: Fields { @Field var sum: Int }

        func execute(_ input: Input) async throws -> Output { Output(sum: input.x + input.y) }
    }

    /// The values of the request.
    struct Numbers: Fields {
        @Field var x1: Int
        @Field var y1: Int
        @Field var x2: Int
        @Field var y2: Int
    }

    func run() async throws {
        let flow = try Flow("calculate-in-parallel", taking: Numbers.self) {
            UnorderedFlow("adders") {
                Self.adding("x1", "y1", to: "z1")
                Self.adding("x2", "y2", to: "z2")
            }
            // Waits for the whole flow before it.
            Self.adding("z1", "z2", to: "r")
        }
        let numbers = Numbers(x1: 2, y1: 3, x2: 5, y2: 8)
        let engine = try Engine(flow, request: numbers, in: MemoryStore(), options: EngineOptions(parallelism: 2))
        try await engine.run()
        print(engine.values)
    }

    static func adding(_ x: String, _ y: String, to sum: String) -> Step<Add> {
        Step(Add(), named: "\(sum)=\(x)+\(y)").reading(\.$x, from: x).reading(\.$y, from: y).writing(\.$sum, to: sum)
    }
}
