import TaskFlow

// The states of an engine, numbered: three for each step, one before and one after all of them.

struct RunByIterEnumerate: Example {
    static let name = "run-by-iter-enumerate"

    struct EchoName: FlowTask {
        static let name = "echo"

        func execute(_ input: Nothing) async throws -> Nothing {
            print(TaskContext.required.atom)
            return Nothing()
        }
    }

    func run() async throws {
        let flow = try Flow("counter") {
            for number in 1...10 { Step(EchoName(), named: "echo_\(number)") }
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        var number = 0
        for try await state in engine.states() {
            number += 1
            print("Transition \(number): \(state.rawValue)")
        }
    }
}
