import TaskFlow

// A step for each row of a table, five at a time, and the states of the engine.
//
// How often the engine waits and analyzes depends on how many rows are done at once, so each state is printed only once.

struct ParallelTableMultiply: Example {
    static let name = "parallel-table-multiply"

    struct MultiplyRow: PureTask {
        static let name = "multiply-row"
        struct Output: Fields { @Field var row: [Double] }
        let row: [Double]
        let factor: Double

        func execute(_ input: Nothing) async throws -> Output { Output(row: row.map { $0 * factor }) }
    }

    func run() async throws {
        let table = [[0.25, 0.5, 0.75], [1, 2, 4], [0.1, 0.2, 0.3], [5, 0, -5]]
        let flow = try Flow("multiply-table") {
            UnorderedFlow("rows") {
                for (number, row) in table.enumerated() {
                    Step(MultiplyRow(row: row, factor: 10), named: "multiply-row-\(number)")
                        .writing(\.$row, to: "row-\(number)")
                }
            }
        }
        let options = EngineOptions(parallelism: 5)
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore(), options: options)
        var seen: Set<EngineState> = []
        for try await state in engine.states() where seen.insert(state).inserted { print(state.rawValue) }
        for number in table.indices {
            let row: [Double] = try engine.fetch("row-\(number)")
            print(row)
        }
    }
}
