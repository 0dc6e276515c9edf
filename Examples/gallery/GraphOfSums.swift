import TaskFlow

// In a graph flow the order of the lines doesn't matter: a step runs when its inputs are available.

struct GraphOfSums: Example {
    static let name = "graph-flow"

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
    struct Given: Fields {
        @Field var y1: Int
        @Field var y2: Int
        @Field var y3: Int
        @Field var y4: Int
        @Field var y5: Int
    }

    func run() async throws {
        let flow = try Flow("graph-flow", taking: Given.self) {
            GraphFlow("equations") {
                // Inside, the order matters; for the graph it is one part that provides x1 and x2.
                LinearFlow("first-two") {
                    Self.equation("x2", "y3", "y4")
                    Self.equation("x1", "y1", "y2")
                }
                Self.equation("x5", "x1", "x3")
                Self.equation("x3", "x1", "x2")
                Self.equation("x4", "x2", "y5")
                Self.equation("x6", "x5", "x4")
                Self.equation("x7", "x6", "x6")
            }
        }
        print("The steps, in an order that works: \(flow.recipe.steps.joined(separator: ", "))")
        let given = Given(y1: 1, y2: 3, y3: 5, y4: 7, y5: 9)
        for parallelism in [1, 4] {
            let options = EngineOptions(parallelism: parallelism)
            let engine = try Engine(flow, request: given, in: MemoryStore(), options: options)
            try await engine.run()
            print("\(parallelism) at a time: \(engine.values)")
        }
    }

    /// The step that computes `sum = x + y`.
    static func equation(_ sum: String, _ x: String, _ y: String) -> Step<Add> {
        Step(Add(), named: sum).reading(\.$x, from: x).reading(\.$y, from: y).writing(\.$sum, to: sum)
    }
}
