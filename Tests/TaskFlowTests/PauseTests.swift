import Synchronization
import Testing

@testable import TaskFlow

struct PauseTests {
    /// Stands still: whoever sleeps by it says how long, and sleeps until it is cancelled.
    final class StandingClock: Clock {
        let now = ContinuousClock.now
        let minimumResolution = Duration.zero
        let hasSlept = Gate()
        private let slept = Mutex<[Duration]>([])
        var sleeps: [Duration] { slept.withLock { $0 } }

        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
            slept.withLock { $0.append(now.duration(to: deadline)) }
            hasSlept.open()
            for await _ in AsyncStream<Void>.makeStream().stream {}
            try Task.checkCancellation()
        }
    }

    let clock = StandingClock()
    let time = TestClock()
    let trace = Trace()
    let store = LedgerStore()

    /// Fails in its first attempt, and then pauses for a minute.
    func paused(_ trace: Trace, by clock: some Clock<Duration>) throws -> Flow<Nothing> {
        try Flow("paused", retry: Step(Times(2, pause: Pause(.seconds(60), clock: clock)))) {
            Step(
                External { (input: Times.Output) in
                    trace.note("attempt \(input.attempt)")
                    if input.attempt == 1 { throw Woot() }
                    return Nothing()
                },
                named: "try"
            )
        }
    }

    @Test(arguments: [1, 4])
    func `a suspension cuts a pause short, and the rest of it is made when the flow goes on`(parallelism: Int)
        async throws
    {
        let flow = try paused(trace, by: clock)
        let options = EngineOptions(parallelism: parallelism)
        let engine = try Engine(flow, request: Nothing(), in: store, options: options, now: time.now)
        let running = Task { try await engine.run() }
        await clock.hasSlept.wait()
        engine.suspend()
        try await running.value
        #expect(engine.state == .suspended)

        time.pass(20)
        let again = Task { try await engine.run() }
        await clock.hasSlept.wait()
        engine.suspend()
        try await again.value
        #expect(clock.sleeps == [.seconds(60), .seconds(40)])

        time.pass(40)
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store, now: time.now)
        #expect(try await resumed.advance() == .success)
        #expect(clock.sleeps.count == 2)
        #expect(trace.lines == ["attempt 1", "attempt 2"])
    }

    @Test func `a conductor that is stopped waits out neither a pause nor its own waiting`() async throws {
        let flow = try paused(trace, by: clock)
        let board = MemoryJobBoard()
        let conductor = Conductor(
            board: board,
            flows: FlowRegistry(flow),
            store: store,
            options: ConductorOptions(waitTimeout: .seconds(1_000_000))
        )
        let running = Task { try await conductor.run() }
        try await board.post(Job("data", running: flow, request: Nothing(), by: "poster"))
        await clock.hasSlept.wait()
        conductor.stop()
        #expect(try await running.value == 1)
        #expect(try await board.jobs().map(\.state) == [.unclaimed])

        let idle = Conductor(
            board: MemoryJobBoard(),
            flows: FlowRegistry(),
            store: store,
            options: ConductorOptions(waitTimeout: .seconds(1_000_000))
        )
        let idling = Task { try await idle.run() }
        while !idle.isDispatching { await Task.yield() }
        idle.stop()
        #expect(try await idling.value == 0)
    }

    @Test(arguments: [.nan, -.nan, .infinity, -.infinity, -1, 0, 1e300, 1e-300, .greatestFiniteMagnitude] as [Double])
    func `no factor, jitter or length of a pause traps`(number: Double) async throws {
        let lengths = [Duration.seconds(1), .zero, .seconds(-1), .seconds(Int64.max), .seconds(Int64.min)]
        for (base, limit) in lengths.flatMap({ base in lengths.map { (base, $0) } }) {
            for attempt in [Int.min, 0, 1, 2, 3, 1000] {
                let pause = Pause(base, factor: number, limit: limit, jitter: number)
                #expect(Duration.zero...Duration.longest ~= pause.duration(before: attempt, chance: 1))
            }
        }
        #expect(Pause(.seconds(1), factor: .nan, jitter: .nan).duration(before: 9, chance: 1) == .seconds(1))
        #expect(Pause(.seconds(1), factor: .infinity).duration(before: 3, chance: 1) == .seconds(300))
        #expect(Pause(.seconds(1), factor: -2).duration(before: 3, chance: 1) == .zero)
    }

    @Test func `what would wait longer than any clock can say waits`() async throws {
        let forever = Duration.seconds(Int64.max)
        let flow = try Flow("limited") {
            LinearFlow("sub") { noting("a", in: trace) }.within(forever)
            Step(External { (_: Nothing) in Nothing() }, named: "b").within(forever)
        }
        try await Engine(flow, request: Nothing(), in: store).run()
        let board = MemoryJobBoard()
        let waiting = Task { try await board.wait(atMost: forever) }
        let job = try Job("data", running: flow, request: Nothing(), by: "poster")
        try await board.post(job)
        #expect(try await waiting.value.map(\.job) == [job])
        let keeper = try await LeaseKeeper(claiming: job.id, by: "one", on: board, for: forever)
        try await keeper.keeping { try await keeper.confirm() }
        #expect(try await board.find(job.id)?.expiresIn == .longest)
    }
}
