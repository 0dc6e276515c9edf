import TaskFlow
import Testing

struct FailureFormatterTests {
    typealias Caused = FailureTests.Caused

    /// Chooses a host; three times lends a token and fails to use it.
    func engine(attempts: Int = 2, trace: Trace? = nil) throws -> Engine<MemoryStore> {
        let flow = try Flow("explained") {
            giving("node-1", named: "choose")
            LinearFlow("inner", retry: Step(Times(attempts), named: "again")) {
                Step(Pure { (_: Host) in Token(token: "open sesame") }, named: "lend")
                Step(
                    External { (input: Access) -> Nothing in
                        throw Caused(
                            description: "\(input.host) refused \(input.token)",
                            cause: Caused(description: "expired", cause: nil)
                        )
                    },
                    named: "use"
                )
            }
        }
        return try Engine(flow, request: Nothing(), in: MemoryStore())
    }

    struct Token: Fields {
        @Field var token: String
    }

    @Test func `a run without failures needs no explanation`() async throws {
        let engine = try listenedEngine(.success)
        #expect(engine.explain() == nil)
        try await engine.run()
        #expect(engine.explain() == nil)
    }

    @Test func `a failure is explained with its causes, inputs, attempts and the steps before it`() async throws {
        let engine = try engine()
        try await engine.advance()
        #expect(
            engine.explain(hiding: ["token"]) == """
                'use' failed: node-1 refused *** (Caused)
                  because of: expired (Caused)
                  it took host = "node-1", token = ***
                  attempts of retry 'again':
                    1 with attempt = 1: 'use' failed: node-1 refused ***
                    2 with attempt = 2: 'use' failed: node-1 refused ***
                  steps before it:
                    'lend' is REVERTED, took host = "node-1", gave token = ***
                      'again' is REVERTED, gave attempt = 2
                        'choose' is SUCCESS, gave host = "node-1"
                """
        )
    }

    @Test func `a listener can explain a failure as it happens`() async throws {
        let engine = try engine()
        let trace = Trace()
        let explain = engine.failureFormatter(hiding: ["token"])
        engine.atomNotifier.register([.failure]) { change in
            if let failure = change.failure { trace.note(explain(failure)) }
        }
        try await engine.advance()
        #expect(trace.lines.count == 2)
        #expect(
            trace.lines[0] == """
                'use' failed: node-1 refused *** (Caused)
                  because of: expired (Caused)
                  it took host = "node-1", token = ***
                  attempts of retry 'again':
                    1 with attempt = 1
                  steps before it:
                    'lend' is SUCCESS, took host = "node-1", gave token = ***
                      'again' is SUCCESS, gave attempt = 1
                        'choose' is SUCCESS, gave host = "node-1"
                """
        )
    }

    @Test func `a failed revert is explained with what was to be reverted`() async throws {
        let flow = try Flow("stuck") {
            Step(
                External { (_: Nothing) in
                    Host(host: "node-1")
                } undoing: { _, _ in
                    throw Woot(message: "stuck")
                },
                named: "a"
            )
            Step(External { (_: Host) -> Nothing in throw Woot(message: "full") }, named: "b")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.advance()
        #expect(
            engine.explain() == """
                the revert of 'a' failed: \(Woot(message: "stuck")) (Woot)
                  it had given host = "node-1"
                'b' failed: \(Woot(message: "full")) (Woot)
                  it took host = "node-1"
                  steps before it:
                    'a' is REVERT_FAILURE, gave host = "node-1"
                """
        )
    }

    @Test func `a step that many wait for is told once`() async throws {
        let flow = try Flow("diamond") {
            noting("top", in: Trace())
            UnorderedFlow("sides") {
                noting("left", in: Trace())
                noting("right", in: Trace())
            }
            failing("bottom")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.advance()
        #expect(
            engine.explain() == """
                'bottom' failed: \(Woot()) (Woot)
                  steps before it:
                    'left' is REVERTED
                      'top' is REVERTED
                    'right' is REVERTED
                """
        )
    }

    @Test func `of very many steps before it the nearest are told`() async throws {
        let flow = try Flow("long") {
            for number in 1...80 { noting("\(number)", in: Trace()) }
            failing("last")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.advance()
        let lines = try #require(engine.explain()).split(separator: "\n")
        #expect(lines.count == 53)
        #expect(lines[2].contains("'80'") && lines[51].contains("'31'"))
        #expect(lines.last?.contains("…") == true)
    }

    @Test func `a resumed run explains what failed in another process`() async throws {
        let flow = try Flow("stuck") {
            Step(
                External { (_: Nothing) -> Nothing in
                    throw Caused(description: "full", cause: Woot())
                } undoing: { _, _ in
                    throw Woot(message: "stuck")
                },
                named: "a"
            )
        }
        let store = MemoryStore()
        let first = try Engine(flow, request: Nothing(), in: store)
        try await first.advance()
        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        let lines = try #require(second.explain()).split(separator: "\n")
        #expect(lines.prefix(2) == ["'a' failed: full (Caused)", "  because of: \(Woot()) (Woot)"])
    }

    @Test func `a formatter outlives its engine`() throws {
        var engine: Engine<MemoryStore>? = try engine()
        let explain = try #require(engine?.failureFormatter())
        engine = nil
        #expect(explain(Failure(Woot(), in: "a")) == "'a' failed: \(Woot()) (Woot)")
    }
}
