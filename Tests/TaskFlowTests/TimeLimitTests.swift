import TaskFlow
import Testing

struct TimeLimitTests {
    static let hour = 3600.0

    let store = LedgerStore()
    let trace = Trace()
    let clock = TestClock()

    func engine(_ flow: Flow<Nothing>) throws -> Engine<LedgerStore> {
        try Engine(flow, request: Nothing(), in: store, now: clock.now)
    }

    /// A step during which time passes.
    func passing(_ hours: Double, _ name: String = "pass") -> Step<External<Nothing, Nothing>> {
        Step(
            External { [clock, trace] _ in
                trace.note(name)
                clock.pass(hours * Self.hour)
                return Nothing()
            } undoing: { [trace] _, _ in
                trace.note("undo \(name)")
            },
            named: name
        )
    }

    /// Ends only when it is cancelled.
    static func hang() async throws {
        while true { try await Task.sleep(for: .seconds(60)) }
    }

    // MARK: - Steps

    @Test func `a step that takes too long is cancelled, and the flow is reverted`() async throws {
        let engine = try engine(
            Flow("limited") {
                noting("a", in: trace)
                Step("slow") { try await Self.hang() }.within(.milliseconds(20))
            }
        )
        let error = await #expect(throws: TimeLimitExceeded.self) { try await engine.run() }
        #expect(error?.description == "it exceeded its time limit of 0.02 seconds")
        #expect(engine.state == .reverted)
        #expect(trace.lines == ["a", "undo a"])
        #expect(engine.failures.first?.error(as: TimeLimitExceeded.self) == error)
    }

    @Test func `a step that succeeds although it is cancelled has succeeded`() async throws {
        let engine = try engine(
            Flow("limited") {
                Step("stubborn") { try? await Self.hang() }.within(.milliseconds(20))
                noting("b", in: trace)
            }
        )
        try await engine.run()
        #expect(trace.lines == ["b"])
    }

    @Test func `what a step throws in time is what it fails with`() async throws {
        let engine = try engine(Flow("limited") { failing("a").within(.seconds(Self.hour)) })
        await #expect(throws: Woot.self) { try await engine.run() }
    }

    @Test func `a revert that takes too long has failed, and may try again`() async throws {
        let flow = try Flow("limited") {
            Step("a") { (_: Nothing, _: Outcome<Nothing>) in
                trace.note("undo a")
                if trace.count(of: "undo a") == 1 { try await Self.hang() }
            } execute: { (input: Nothing) in
                input
            }
            .within(.milliseconds(20))
            failing("b")
        }
        let engine = try engine(flow)
        #expect(try await engine.advance() == .failure)
        #expect(engine.failures.first?.error(as: TimeLimitExceeded.self)?.flow == nil)
        #expect(try await engine.advance() == .reverted)
        #expect(trace.lines == ["undo a", "undo a"])
    }

    @Test func `a step that is cancelled by others and succeeds has succeeded, in time or not`() async throws {
        let running = Gate()
        let flow = try Flow("limited") {
            Step("b") { [trace] in
                trace.note("b")
                running.open()
                try? await Self.hang()
            }
            .within(.seconds(Self.hour))
            noting("c", in: trace)
        }
        let engine = try engine(flow)
        let task = Task { try await engine.run() }
        await running.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(engine.state == .suspended)
        #expect(try await store.states(of: engine.id) == ["b": .success])
        try await engine.run()
        #expect(trace.lines == ["b", "c"])
    }

    // MARK: - Flows

    @Test func `a flow's time is that of all its steps`() async throws {
        let engine = try engine(
            Flow("limited") {
                passing(5, "before")
                LinearFlow("sub") {
                    passing(0.6, "a")
                    passing(0.6, "b")
                    noting("c", in: trace)
                }
                .within(.seconds(Self.hour))
            }
        )
        let error = await #expect(throws: TimeLimitExceeded.self) { try await engine.run() }
        #expect(error?.description == "flow 'sub' exceeded its time limit of 3600.0 seconds")
        // 'b' had begun in time and came to its end; reverts take their time.
        #expect(trace.lines == ["before", "a", "b", "undo c", "undo b", "undo a", "undo before"])
    }

    @Test func `a flow's time cancels what runs when it is over`() async throws {
        let engine = try engine(
            Flow("limited") {
                UnorderedFlow("sub") { Step("slow") { try await Self.hang() } }.within(.milliseconds(20))
            }
        )
        let error = await #expect(throws: TimeLimitExceeded.self) { try await engine.run() }
        #expect(error?.flow == "sub")
    }

    @Test func `a step that touches only the database does not start when the time of its flow is over`() async throws {
        let engine = try engine(
            Flow("limited") {
                LinearFlow("sub") {
                    passing(2)
                    Step(
                        Transactional { (_: Nothing, ledger) in
                            ledger.write("late")
                            return Nothing()
                        },
                        named: "book"
                    )
                }
                .within(.seconds(Self.hour))
            }
        )
        #expect(try await engine.advance() == .reverted)
        #expect(engine.failures.map(\.atom) == ["book"])
        #expect(store.lines.isEmpty)
    }

    @Test func `of several limits the narrowest counts`() async throws {
        let engine = try engine(
            Flow("limited") {
                LinearFlow("outer") {
                    passing(0.5)
                    LinearFlow("inner") { Step("slow") { try await Self.hang() }.within(.milliseconds(20)) }
                        .within(.seconds(Self.hour))
                }
                .within(.seconds(Self.hour))
            }
        )
        let error = await #expect(throws: TimeLimitExceeded.self) { try await engine.run() }
        #expect(error?.flow == nil)
        #expect(error?.limit == .milliseconds(20))
    }

    // MARK: - Retries

    func asked(_ name: String, _ attempts: Int) -> Step<AskedRetry> {
        Step(AskedRetry(trace: trace, attempts: attempts, title: name), named: name)
    }

    /// Fails after 25 minutes.
    var failingLate: Step<External<Nothing, Nothing>> {
        Step(
            External { [clock, trace] _ in
                trace.note("try")
                clock.pass(25 * 60)
                throw Woot()
            },
            named: "try"
        )
    }

    @Test func `attempts share the time of their flow, and its retry is not asked when it is over`() async throws {
        let engine = try engine(
            Flow("limited") {
                LinearFlow("sub", retry: asked("inner", 100)) { failingLate }
                    .within(.seconds(Self.hour))
            }
        )
        let error = await #expect(throws: WrappedFailure.self) { try await engine.run() }
        #expect(error?.map(\.type) == ["TimeLimitExceeded", "Woot"])
        // The fourth attempt does not begin.
        #expect(trace.lines == ["try", "inner asked", "try", "inner asked", "try", "inner asked"])
    }

    @Test func `the retry around a flow is asked, and gives it its time anew`() async throws {
        let engine = try engine(
            Flow("limited", retry: asked("outer", 2)) {
                LinearFlow("sub", retry: asked("inner", 100)) { failingLate }
                    .within(.seconds(Self.hour))
            }
        )
        let error = await #expect(throws: WrappedFailure.self) { try await engine.run() }
        #expect(error?.map(\.type) == ["TimeLimitExceeded", "Woot"])
        let attempts = ["try", "inner asked", "try", "inner asked", "try", "inner asked"]
        #expect(trace.lines == attempts + ["outer asked"] + attempts + ["outer asked"])
    }

    @Test func `a flow's limit is not taken for that of another flow of its name`() async throws {
        let late = try Flow("late") {
            LinearFlow("sub") { Step("hang") { try await Self.hang() } }.within(.milliseconds(1))
        }
        let flow = try Flow("limited", retry: asked("top", 1)) {
            LinearFlow("sub", retry: asked("around", 2)) {
                LinearFlow("sub") { Step("hang") { try await Self.hang() } }.within(.milliseconds(1))
            }
            .within(.seconds(Self.hour))
        }
        try? await engine(flow).run()
        #expect(trace.lines == ["around asked", "around asked", "top asked"])

        let around = try Flow("limited") {
            LinearFlow("sub", retry: asked("of another run", 1)) {
                Step("run") { try await Engine(late, request: Nothing(), in: MemoryStore()).run() }
            }
            .within(.seconds(Self.hour))
        }
        try? await engine(around).run()
        #expect(trace.lines.last == "of another run asked")
    }

    @Test func `a retry is asked about a step that exceeded its own time limit`() async throws {
        let flow = try Flow("limited", retry: asked("retry", 2)) {
            Step("slow") {
                trace.note("try")
                if trace.count(of: "try") == 1 { try await Self.hang() }
            }
            .within(.milliseconds(20))
        }
        try await engine(flow).run()
        #expect(trace.lines == ["try", "retry asked", "try"])
    }

    // MARK: - Resumption

    @Test(arguments: [0.25, 2])
    func `in another process, too, a flow's time counts from its first start`(pause: Double) async throws {
        let flow = try Flow("limited") {
            LinearFlow("sub") {
                passing(0.5, "a")
                noting("b", in: trace)
            }
            .within(.seconds(Self.hour))
        }
        let first = try engine(flow)
        first.atomNotifier.register([.success]) { [weak first] _ in first?.suspend() }
        #expect(try await first.advance() == .suspended)
        clock.pass(pause * Self.hour)
        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store, now: clock.now)
        #expect(try await second.advance() == (pause < 1 ? .success : .reverted))
        #expect(trace.lines == (pause < 1 ? ["a", "b"] : ["a", "undo b", "undo a"]))
    }

    @Test func `after a reset it counts from the next`() async throws {
        let flow = try Flow("limited") {
            LinearFlow("sub") {
                passing(0.5, "a")
                noting("b", in: trace)
            }
            .within(.seconds(Self.hour))
        }
        let engine = try engine(flow)
        try await engine.run()
        try await engine.reset()
        clock.pass(2 * Self.hour)
        try await engine.run()
        #expect(trace.lines == ["a", "b", "a", "b"])
    }
}

/// ``Times``, that notes when it is asked.
struct AskedRetry: Retry {
    struct Output: Fields {
        @Field var attempt: Int
    }
    static let name = "asked"
    let trace: Trace
    let attempts: Int
    let title: String

    func execute(_ input: Nothing, history: History<Output>) -> Output { Output(attempt: history.attempts.count + 1) }

    func onFailure(_ input: Nothing, history: History<Output>) -> Decision {
        trace.note("\(title) asked")
        return history.attempts.count < attempts ? .retry : .revert
    }
}
