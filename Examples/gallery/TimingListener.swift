import TaskFlow

// A listener that tells how long each step took, and the whole flow.

struct TimingListener: Example {
    static let name = "timing-listener"

    func run() async throws {
        let flow = try Flow("root") {
            for (name, time) in [("a", 30), ("b", 10), ("c", 20)] {
                Step(name) { try await Task.sleep(for: .milliseconds(time)) }
            }
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        // To standard error, unless told where to.
        try await engine.listening(with: DurationListener.printing { print($0) }) { try await engine.run() }
    }
}
