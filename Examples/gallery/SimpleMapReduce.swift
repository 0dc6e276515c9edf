import TaskFlow

// Ten steps add up a tenth of the numbers each, four at a time, and another step adds up their outputs.

struct SimpleMapReduce: Example {
    static let name = "simple-map-reduce"

    struct Sum: PureTask {
        static let name = "sum"
        struct Input: Fields { @Field var numbers: [Int] }
        struct Output: Fields { @Field var sum: Int }

        func execute(_ input: Input) async throws -> Output { Output(sum: input.numbers.reduce(0, +)) }
    }

    func run() async throws {
        let (bound, size) = (10_000, 1_000)
        let chunks = stride(from: 0, to: bound, by: size).map { Array($0..<$0 + size) }
        let reductions = chunks.indices.map { "reduction-\($0)" }

        let flow = try Flow("map-reduce") {
            UnorderedFlow("map") {
                for (chunk, reduction) in zip(chunks, reductions) {
                    Step(Sum(), named: "sum-to-\(reduction)").injecting(chunk, as: \.$numbers)
                        .writing(\.$sum, to: reduction)
                }
            }
            ReduceTask<Int>("reduce", over: reductions, into: "total", +)
        }
        let options = EngineOptions(parallelism: 4)
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore(), options: options)
        try await engine.run()
        let total: Int = try engine.fetch("total")
        print("Calculated result = \(total)")
        print("It should be \((0..<bound).reduce(0, +))")
    }
}
