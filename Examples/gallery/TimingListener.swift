import TaskFlow

// A listener that reports the durations of each step and of the whole flow.

struct TimingListener: Example {
    static let name = "timing-listener"

    func run() async throws {
        let flow = try Flow("root") {
            for (name, time) in [("a", 30), ("b", 10), ("c", 20)] {
                Step(name) { try await Task.sleep(for: .milliseconds(time)) }
            }
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        // By default it writes to standard error.
        try await engine.listening(with: DurationListener.printing { print($0) }) { try await engine.run() }
    }
}
