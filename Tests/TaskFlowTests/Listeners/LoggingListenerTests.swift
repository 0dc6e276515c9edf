import InMemoryLogging
import Logging
import TaskFlow
import Testing

struct LoggingListenerTests {
    let handler: InMemoryLogHandler
    let logger: Logger

    init() {
        var handler = InMemoryLogHandler()
        handler.logLevel = .trace
        self.handler = handler
        logger = Logger(label: "listened") { [handler] _ in handler }
    }

    func run(_ ending: Ending, _ listener: LoggingListener) async throws -> FlowID {
        let engine = try listenedEngine(ending)
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        return engine.id
    }

    var lines: [String] { handler.entries.map { "\($0.level) \($0.message)" } }

    @Test func `a success is logged at debug`() async throws {
        let id = try await run(.success, LoggingListener(logger))
        #expect(
            lines == [
                "debug flow 'listened' is RUNNING",
                "debug step 'lend' is RUNNING", "debug step 'lend' is SUCCESS",
                "debug step 'use' is RUNNING", "debug step 'use' is SUCCESS",
                "debug flow 'listened' is SUCCESS",
            ]
        )
        #expect(
            handler.entries[0].metadata == [
                "flow": "\(id)", "name": "listened", "state": "RUNNING", "old-state": "PENDING",
            ]
        )
        #expect(
            handler.entries[2].metadata == [
                "flow": "\(id)", "step": "lend", "state": "SUCCESS", "old-state": "RUNNING",
                "output": ["host": "\"node-1\"", "token": "\"open sesame\""],
            ]
        )
        #expect(
            handler.entries[4].metadata == [
                "flow": "\(id)", "step": "use", "state": "SUCCESS", "old-state": "RUNNING",
            ]
        )
    }

    @Test func `failures and what they lead to are logged at warning`() async throws {
        let id = try await run(.reverted, LoggingListener(logger))
        #expect(
            lines == [
                "debug flow 'listened' is RUNNING",
                "debug step 'lend' is RUNNING", "debug step 'lend' is SUCCESS",
                "debug step 'use' is RUNNING", "warning step 'use' is FAILURE",
                "debug step 'use' is REVERTING", "warning step 'use' is REVERTED",
                "debug step 'lend' is REVERTING", "warning step 'lend' is REVERTED",
                "warning flow 'listened' is REVERTED",
            ]
        )
        #expect(
            handler.entries[4].metadata == [
                "flow": "\(id)", "step": "use", "state": "FAILURE", "old-state": "RUNNING",
                "failure": "\("\(Woot(message: "full\nstop"))")",
            ]
        )
    }

    @Test func `a failed revert is logged at the failure level`() async throws {
        let flow = try Flow("stuck") {
            Step(
                External { (_: Nothing) -> Nothing in
                    throw Woot(message: "full")
                } undoing: { _, _ in
                    throw Woot(message: "stuck")
                },
                named: "a"
            )
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let listener = LoggingListener(logger, level: .info, failureLevel: .error) {
            $0.error(as: Woot.self)?.message ?? "unknown"
        }
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        #expect(
            lines == [
                "info flow 'stuck' is RUNNING",
                "info step 'a' is RUNNING", "error step 'a' is FAILURE",
                "info step 'a' is REVERTING", "error step 'a' is REVERT_FAILURE",
                "error flow 'stuck' is FAILURE",
            ]
        )
        #expect(handler.entries.compactMap { $0.metadata["failure"] } == ["full", "stuck"])
    }

    @Test func `a state may have a level of its own`() async throws {
        let listener = LoggingListener(
            logger,
            level: .trace,
            flowLevels: [.running: .info, .reverted: .critical],
            atomLevels: [.failure: .error, .reverted: .notice]
        )
        _ = try await run(.reverted, listener)
        #expect(
            lines == [
                "info flow 'listened' is RUNNING",
                "trace step 'lend' is RUNNING", "trace step 'lend' is SUCCESS",
                "trace step 'use' is RUNNING", "error step 'use' is FAILURE",
                "trace step 'use' is REVERTING", "notice step 'use' is REVERTED",
                "trace step 'lend' is REVERTING", "notice step 'lend' is REVERTED",
                "critical flow 'listened' is REVERTED",
            ]
        )
    }

    @Test func `what a step takes is logged when it starts`() async throws {
        _ = try await run(.success, LoggingListener(logger, hiding: ["token"]))
        #expect(handler.entries.map { $0.metadata["input"] != nil } == [false, false, false, true, false, false])
        #expect(handler.entries[3].metadata["input"] == ["host": "\"node-1\"", "token": "***"])
    }

    @Test func `attempts after the first are logged with their number`() async throws {
        let flow = try Flow("tried", retry: Step(Times(2), named: "again")) { failing("a") }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.listening(with: LoggingListener(logger)) { _ = try await engine.advance() }
        let failures = handler.entries.filter { $0.message.description == "step 'a' is FAILURE" }
        #expect(failures.map { $0.metadata["attempt"] } == [nil, "2"])
    }

    @Test func `a failure can be logged with all that led to it`() async throws {
        let engine = try listenedEngine(.reverted)
        let explain = engine.failureFormatter(hiding: ["token"])
        let listener = LoggingListener(logger, hiding: ["token"], formatFailure: explain)
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        let texts = handler.entries.compactMap { $0.metadata["failure"] }.map { "\($0)" }
        #expect(texts.count == 1)
        let text = try #require(texts.first)
        #expect(text.contains("it took host = \"node-1\", token = ***"))
        #expect(text.contains("'lend' is SUCCESS, gave host = \"node-1\", token = ***"))
    }

    @Test(arguments: Ending.allCases)
    func `a hidden value appears nowhere`(ending: Ending) async throws {
        let trace = Trace()
        let engine = try listenedEngine(ending)
        engine.listen(with: LoggingListener(logger, hiding: ["token", "unknown"]))
        engine.listen(with: PrintingListener(hiding: ["token", "unknown"], to: trace.note))
        engine.listen(with: DurationListener.printing(to: trace.note))
        try await engine.advance()
        let told = trace.lines + handler.entries.map { "\($0)" }
        #expect(told.allSatisfy { !$0.contains("sesame") })
        #expect(handler.entries[2].metadata["output"] == ["host": "\"node-1\"", "token": "***"])
    }

    @Test func `what isn't logged is not put into words`() async throws {
        var logger = logger
        logger.logLevel = .critical
        let listener = LoggingListener(logger) { failure in
            Issue.record("\(failure) was put into words")
            return ""
        }
        _ = try await run(.reverted, listener)
        #expect(handler.entries.isEmpty)
    }
}
