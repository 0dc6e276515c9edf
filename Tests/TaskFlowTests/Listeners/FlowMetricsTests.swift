#if Metrics
    import MetricsTestKit
    import TaskFlow
    import Testing

    struct FlowMetricsTests {
        let clock = ManualClock()
        let metrics = TestMetrics()

        func run(_ endings: Ending...) async throws {
            let listener = FlowMetrics(by: clock, factory: metrics)
            for ending in endings {
                let engine = try listenedEngine(ending, clock: clock)
                try await engine.listening(with: listener) { _ = try await engine.advance() }
            }
        }

        func count(_ step: String, _ state: AtomState) throws -> Int64 {
            let dimensions = [("flow", "listened"), ("step", step), ("state", state.rawValue)]
            return try metrics.expectCounter("taskflow_steps_total", dimensions).totalValue
        }

        @Test func `flows and steps are counted by state`() async throws {
            try await run(.success, .reverted, .success)
            for (state, count) in [("RUNNING", 3), ("SUCCESS", 2), ("REVERTED", 1)] as [(String, Int64)] {
                let dimensions = [("flow", "listened"), ("state", state)]
                #expect(try metrics.expectCounter("taskflow_flows_total", dimensions).totalValue == count)
            }
            #expect(try count("lend", .success) == 3)
            #expect(try count("use", .success) == 2)
            #expect(try count("use", .failure) == 1)
            #expect(try count("lend", .reverted) == 1)
        }

        @Test func `steps and flows are timed by what came of them`() async throws {
            try await run(.reverted, .success)
            let timed = metrics.timers(label: "taskflow_step_duration")
            let values = timed.map { timer in
                (timer.dimensions.dropFirst().map(\.1).joined(separator: " "), timer.values.map { $0 / 1_000_000_000 })
            }
            #expect(
                Dictionary(uniqueKeysWithValues: values) == [
                    "lend SUCCESS": [2, 2], "lend REVERTED": [1],
                    "use FAILURE": [3], "use REVERTED": [0], "use SUCCESS": [3],
                ]
            )
            let flow = try metrics.expectTimer("taskflow_flow_duration", [("flow", "listened"), ("state", "REVERTED")])
            #expect(flow.values == [6_000_000_000])
        }
    }
#endif
