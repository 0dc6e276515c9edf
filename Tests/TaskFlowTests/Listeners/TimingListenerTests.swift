import FoundationEssentials
import Identity
import TaskFlow
import Testing

struct TimingListenerTests {
    let clock = ManualClock()
    let trace = Trace()

    func listen(to ending: Ending, with listener: some Listener) async throws -> FlowID {
        let engine = try listenedEngine(ending, clock: clock)
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        return engine.id
    }

    var durations: DurationListener {
        DurationListener(by: clock) { [trace] atom, isRevert, duration in trace.note("\(atom) \(isRevert) \(duration)")
        }
    }

    func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

    @Test func `each execution is timed`() async throws {
        _ = try await listen(to: .success, with: durations)
        #expect(trace.lines == ["lend false 2.0 seconds", "use false 3.0 seconds"])
    }

    @Test func `failures and reverts are timed too`() async throws {
        _ = try await listen(to: .reverted, with: durations)
        #expect(
            trace.lines == [
                "lend false 2.0 seconds", "use false 3.0 seconds", "use true 0.0 seconds", "lend true 1.0 seconds",
            ]
        )
    }

    @Test func `runs that share a listener are kept apart`() async throws {
        let listener = durations
        _ = try await listen(to: .success, with: listener)
        _ = try await listen(to: .success, with: listener)
        #expect(trace.lines == ["lend false 2.0 seconds", "use false 3.0 seconds"] + trace.lines.prefix(2))
    }

    @Test func `a step whose start was not heard is passed over`() async throws {
        let engine = try listenedEngine(.success, clock: clock)
        let listener = durations
        let once = engine.atomNotifier.register([.running]) { [notifier = engine.atomNotifier] change in
            if change.atom == "lend" { notifier.register { listener.atomChanged($0) } }
        }
        try await engine.advance()
        engine.atomNotifier.deregister(once)
        #expect(trace.lines == ["use false 3.0 seconds"])
    }

    @Test(arguments: [
        (
            Ending.success,
            ["step 'lend' took 2.0 seconds", "step 'use' took 3.0 seconds", "flow 'listened' took 5.0 seconds"]
        ),
        (
            .reverted,
            [
                "step 'lend' took 2.0 seconds", "step 'use' took 3.0 seconds",
                "the revert of step 'use' took 0.0 seconds", "the revert of step 'lend' took 1.0 seconds",
                "flow 'listened' took 6.0 seconds",
            ]
        ),
    ])
    func `durations can be printed`(ending: Ending, lines: [String]) async throws {
        _ = try await listen(to: ending, with: DurationListener.printing(by: clock, to: trace.note))
        #expect(trace.lines == lines)
    }

    @Test func `durations can be read afterwards`() async throws {
        let listener = DurationListener(by: clock)
        let id = try await listen(to: .reverted, with: listener)
        let timings = try #require(listener.timings(of: id))
        #expect(timings.flow == .seconds(6))
        #expect(timings.executions == ["lend": .seconds(2), "use": .seconds(3)])
        #expect(timings.reverts == ["lend": .seconds(1), "use": .zero])
        #expect(listener.timings(of: .random()) == nil)
        listener.forget(id)
        #expect(listener.timings(of: id) == nil)
    }

    @Test func `of many runs the last are kept`() async throws {
        let (durations, times) = (DurationListener(by: clock, keeping: 2), EventTimeListener(keeping: 2))
        var runs: [FlowID] = []
        for _ in 1...3 {
            let engine = try listenedEngine(.success, clock: clock)
            engine.listen(with: durations)
            engine.listen(with: times)
            try await engine.run()
            runs.append(engine.id)
        }
        #expect(runs.map { durations.timings(of: $0) == nil } == [true, false, false])
        #expect(runs.map { times.times(of: $0).isEmpty } == [true, false, false])
    }

    @Test func `the time of each state of a success is kept`() async throws {
        let listener = EventTimeListener()
        let id = try await listen(to: .success, with: listener)
        #expect(listener.times(of: id) == [.running: at(0), .success: at(5)])
        #expect(listener.times(of: "lend", in: id) == [.running: at(0), .success: at(2)])
        #expect(listener.times(of: "use", in: id) == [.running: at(2), .success: at(5)])
    }

    @Test func `the time of each state of a revert is kept`() async throws {
        let listener = EventTimeListener()
        let id = try await listen(to: .reverted, with: listener)
        #expect(listener.times(of: id) == [.running: at(0), .reverted: at(6)])
        #expect(
            listener.times(of: "lend", in: id) == [
                .running: at(0), .success: at(2), .reverting: at(5), .reverted: at(6),
            ]
        )
        #expect(
            listener.times(of: "use", in: id) == [
                .running: at(2), .failure: at(5), .reverting: at(5), .reverted: at(5),
            ]
        )
    }

    @Test func `times of what is unknown or forgotten are none`() async throws {
        let listener = EventTimeListener()
        let id = try await listen(to: .success, with: listener)
        #expect(listener.times(of: "other", in: id).isEmpty)
        listener.forget(id)
        #expect(listener.times(of: id).isEmpty)
        #expect(listener.times(of: "lend", in: id).isEmpty)
    }
}
