import Foundation
import SQLStore
import TaskFlow

/// Measures what the engine costs beside what the steps do: they do nothing.
struct EngineBenchmarks {
    let directory: String

    func run() async throws {
        print(
            "\n| no-op steps | in memory, a second | compile, ms | SQLite, durable, a second |\n| --- | --- | --- | --- |"
        )
        for count in [10, 100, 1000, 10_000] {
            try await measure("linear, \(count)", steps: count) { pure(count) }
        }
        try await measure("unordered, 1000", steps: 1000) { [UnorderedFlow("u") { pure(1000) }] }
        try await measure("10 layers of 100", steps: 1000) {
            (0..<10).map { layer in UnorderedFlow("layer \(layer)") { pure(100, prefix: "\(layer).") } }
        }
    }

    private func measure(_ what: String, steps: Int, _ parts: () -> [any FlowPart]) async throws {
        let start = ContinuousClock.now
        let flow = try Flow("bench", steps: parts)
        let compiled = start.duration(to: .now)
        let runs = max(1, 20_000 / steps)
        let memory = try await ContinuousClock()
            .measure {
                for _ in 0..<runs { try await Engine(flow, request: Nothing(), in: MemoryStore()).run() }
            }
        let store = try SQLStore(path: "\(directory)/\(UUID().uuidString).db")
        let durable = try await ContinuousClock()
            .measure {
                try await Engine(flow, request: Nothing(), in: store).run()
            }
        let perSecond = { (duration: Duration, runs: Int) in Int(Double(steps * runs) / (duration / .seconds(1))) }
        let milliseconds = String(format: "%.1f", compiled / .milliseconds(1))
        print("| \(what) | \(perSecond(memory, runs)) | \(milliseconds) | \(perSecond(durable, 1)) |")
    }

    private func pure(_ count: Int, prefix: String = "") -> [any FlowPart] {
        (0..<count).map { Step(NoOperation(), named: "\(prefix)\($0)") }
    }
}

/// A step that does nothing.
private struct NoOperation: PureTask {
    static let name = "no-operation"

    func execute(_ input: Nothing) async throws -> Nothing { input }
}
