import InMemoryLogging
import Logging
import TaskFlow
import Testing

struct HandlerWatchTests {
    let clock = ManualClock()
    let trace = Trace()

    /// A listener that takes some time for each success of a step.
    struct Slow: Listener {
        let clock: ManualClock
        let duration: Duration
        var atomStates: Set<AtomState>? { [.success] }

        func atomChanged(_ change: AtomChange) { clock.advance(by: duration) }
    }

    func engine(watch: HandlerWatch?) throws -> Engine<MemoryStore> {
        try Engine(
            Flow("watched") {
                noting("a", in: Trace())
                noting("b", in: Trace())
            },
            request: Nothing(),
            in: MemoryStore(),
            options: EngineOptions(handlerWatch: watch)
        )
    }

    var watch: HandlerWatch {
        HandlerWatch(reporting: .seconds(2), by: clock) { [trace] call in
            trace.note("\(call.handler): \(call.change), \(call.duration)")
        }
    }

    @Test func `a listener that takes long is reported by name, after each call`() async throws {
        let engine = try engine(watch: watch)
        try await engine.listening(with: Slow(clock: clock, duration: .seconds(2))) { try await engine.run() }
        #expect(
            trace.lines == ["Slow: step 'a' is SUCCESS, 2.0 seconds", "Slow: step 'b' is SUCCESS, 2.0 seconds"]
        )
    }

    @Test func `a listener that is fast enough is not reported, however often it is called`() async throws {
        let engine = try engine(watch: watch)
        engine.listen(with: Slow(clock: clock, duration: .milliseconds(1999)))
        engine.listen(with: Slow(clock: clock, duration: .milliseconds(1999)))
        try await engine.run()
        #expect(trace.lines.isEmpty)
    }

    @Test func `a handler is reported by its place or by the name that it was given`() async throws {
        let engine = try engine(watch: watch)
        engine.notifier.register([.running]) { [clock] _ in clock.advance(by: .seconds(3)) }
        engine.notifier.register([.success], named: "bell") { [clock] _ in clock.advance(by: .seconds(4)) }
        try await engine.run()
        #expect(trace.lines.count == 2)
        #expect(trace.lines[0].hasPrefix("TaskFlowTests/HandlerWatchTests.swift:"))
        #expect(trace.lines[0].hasSuffix(": flow 'watched' is RUNNING, 3.0 seconds"))
        #expect(trace.lines[1] == "bell: flow 'watched' is SUCCESS, 4.0 seconds")
    }

    @Test func `a condition that takes long is reported, too`() async throws {
        let engine = try engine(watch: watch)
        let slow: @Sendable (FlowChange) -> Bool = { [clock] _ in
            clock.advance(by: .seconds(3))
            return false
        }
        engine.notifier.register([.success], where: slow, named: "picky") { _ in }
        try await engine.run()
        #expect(trace.lines == ["picky: flow 'watched' is SUCCESS, 3.0 seconds"])
    }

    @Test func `a slow listener is logged as a warning`() async throws {
        let handler = InMemoryLogHandler()
        let logger = Logger(label: "watched") { _ in handler }
        let engine = try engine(watch: .logging(from: .seconds(2), by: clock, to: logger))
        try await engine.listening(with: Slow(clock: clock, duration: .seconds(5))) { try await engine.run() }
        #expect(handler.entries.map(\.level) == [.warning, .warning])
        #expect(
            handler.entries.first?.metadata == [
                "handler": "Slow", "change": "step 'a' is SUCCESS", "duration": "5.0 seconds",
            ]
        )
    }

    @Test func `without a watch nothing is reported`() async throws {
        let engine = try engine(watch: nil)
        try await engine.listening(with: Slow(clock: clock, duration: .seconds(5))) { try await engine.run() }
        #expect(clock.now.sinceStart == .seconds(10))
    }
}
