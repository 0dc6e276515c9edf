import InMemoryLogging
import Logging
import TaskFlow
import Testing

struct HidingTests {
    struct Credentials: Codable {
        var user: String
        var password: String
    }

    struct Given: Fields {
        @Field var account: Credentials
        @Field var headers: [String: [String]]
        @Field var ports: [Int]
        @Field var token: String
    }

    struct Taken: Fields {
        @Field var secret: String
    }

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    /// All that is told of a flow that gives and takes secrets and fails with one in its words.
    func told(hiding: Hiding) async throws -> [String] {
        let flow = try Flow("secretive") {
            Step(
                Pure { (_: Nothing) in
                    Given(
                        account: Credentials(user: "ann", password: "pass-word"),
                        headers: ["accept": ["text"], "token": ["one-two", "x"]],
                        ports: [80, 443],
                        token: "open sesame"
                    )
                },
                named: "give"
            )
            Step(
                External { (input: Taken) -> Nothing in
                    throw Refused(description: "'\(input.secret)' is refused")
                },
                named: "take"
            )
            .reading(\.$secret, from: "token")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        var handler = InMemoryLogHandler()
        handler.logLevel = .trace
        let (trace, logger) = (Trace(), Logger(label: "secretive") { [handler] _ in handler })
        engine.listen(with: LoggingListener(logger, hiding: hiding))
        engine.listen(with: PrintingListener(hiding: hiding, to: trace.note))
        engine.listen(
            with: LoggingListener(logger, hiding: hiding, formatFailure: engine.failureFormatter(hiding: hiding))
        )
        try await engine.advance()
        return trace.lines + handler.entries.map { "\($0)" } + [engine.explain(hiding: hiding) ?? ""]
    }

    func line(_ state: String, of step: String, in lines: [String]) -> String? {
        lines.first { $0.hasPrefix("step '\(step)'") && $0.contains("-> \(state)") }
            .flatMap { $0.split(separator: "-> ", maxSplits: 1).last.map(String.init) }
    }

    @Test func `without hiding everything is shown`() async throws {
        let lines = try await told(hiding: [])
        for secret in ["open sesame", "pass-word", "one-two"] {
            #expect(lines.contains { $0.contains(secret) })
        }
    }

    @Test func `a symbol is hidden wherever it is given, taken under another name, or told by an error`() async throws {
        let lines = try await told(hiding: ["token", "password"])
        for secret in ["sesame", "pass-word", "one-two"] {
            #expect(lines.allSatisfy { !$0.contains(secret) }, "\(secret)")
        }
        #expect(line("FAILURE", of: "take", in: lines) == "FAILURE, because of '***' is refused")
    }

    @Test func `of a value with hidden parts the rest is shown`() async throws {
        let given = try #require(try await line("SUCCESS", of: "give", in: told(hiding: ["token", "password"])))
        #expect(given.contains(#"account = Credentials(user: "ann", password: ***)"#))
        #expect(given.contains(#"accept: ["text"]"#))
        #expect(given.contains("token: ***"))
        #expect(given.contains("ports = [80, 443]"))
        #expect(given.hasSuffix("token = ***"))
    }

    @Test func `of a hidden step all values are hidden`() async throws {
        let lines = try await told(hiding: Hiding(allOf: ["give", "take"]))
        #expect(
            line("SUCCESS", of: "give", in: lines)
                == "SUCCESS with account = ***, headers = ***, ports = ***, token = ***"
        )
        #expect(lines.allSatisfy { !$0.contains("sesame") && !$0.contains("ann") })
    }
}
