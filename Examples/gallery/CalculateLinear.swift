import TaskFlow

// One task in several steps: in each, its fields are read from and written to other symbols of the flow.

struct CalculateLinear: Example {
    static let name = "calculate-linear"

    /// Provides three values at once.
    struct Provide: PureTask {
        static let name = "provide"
        struct Output: Fields {
            @Field var x: Int
            @Field var y: Int
            @Field var d: Int
        }

        func execute(_ input: Nothing) async throws -> Output { Output(x: 2, y: 3, d: 5) }
    }

    struct Add: PureTask {
        static let name = "add"
        struct Input: Fields {
            @Field var x: Int
            @Field var y: Int
        }
        struct Output: Fields { @Field var sum: Int }

        func execute(_ input: Input) async throws -> Output { Output(sum: input.x + input.y) }
    }

    /// A property of the task is not an input: it belongs to the flow, not to a run.
    struct Multiply: PureTask {
        static let name = "multiply"
        struct Input: Fields { @Field var z: Int }
        struct Output: Fields { @Field var product: Int }
        let factor: Int

        func execute(_ input: Input) async throws -> Output { Output(product: input.z * factor) }
    }

    func run() async throws {
        let flow = try Flow("calculate-linear") {
            Provide()
            // z = x + y = 5
            Step(Add(), named: "add-1").writing(\.$sum, to: "z")
            // a = z + d = 10
            Step(Add(), named: "add-2").reading(\.$x, from: "z").reading(\.$y, from: "d").writing(\.$sum, to: "a")
            // r = a * 3 = 30
            Step(Multiply(factor: 3)).reading(\.$z, from: "a").writing(\.$product, to: "r")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.run()
        print(engine.values)
    }
}
