import Foundation
import TaskFlow
import Testing

/// TaskFlow's own tests of failures and their descriptions (`tests/unit/test_failure.py`, `test_exceptions.py`,
/// `test_formatters.py`).
struct TaskFlowFailureTests {
    struct Chained: CausedError, CustomStringConvertible {
        let description: String
        let cause: (any Error)?
    }

    func restored(_ failure: Failure) throws -> Failure {
        try JSONDecoder().decode(Failure.self, from: JSONEncoder().encode(failure))
    }

    @Test(arguments: [false, true])
    func `test_check_str, test_check_type: a failure is checked by type and by name`(isRemote: Bool) throws {
        var failure = Failure(RuntimeError(), in: "a")
        if isRemote { failure = try restored(failure) }
        #expect(failure.check("KeyError", "RuntimeError") == "RuntimeError")
        #expect(failure.check("KeyError") == nil)
        #expect(failure.check(Interrupted.self, RuntimeError.self) == RuntimeError.self)
        #expect(failure.check(Interrupted.self) == nil)
    }

    @Test func `test_reraises: the error itself is thrown again, in another process the failure wrapped`() throws {
        let failure = Failure(RuntimeError(), in: "a")
        #expect(throws: RuntimeError()) { try failure.reraise() }
        let remote = try restored(failure)
        let error = #expect(throws: WrappedFailure.self) { try remote.reraise() }
        #expect(error?.check(RuntimeError.self) == RuntimeError.self)
        #expect(error?.failures == [failure])
    }

    @Test func `test_reraises_one, test_reraises_several: one is thrown as it was, several are wrapped`() {
        let failures = ["Woot!", "Oh, not again!"].map { Failure(RuntimeError(description: $0), in: "a") }
        #expect(throws: RuntimeError()) { try WrappedFailure(failures: [failures[0]]).reraise() }
        let error = #expect(throws: WrappedFailure.self) { try WrappedFailure(failures: failures).reraise() }
        #expect(error?.map(\.message) == ["Woot!", "Oh, not again!"])
    }

    // In TaskFlow, a decoded failure with causes never equals the original.
    @Test func `a failure with causes is equal to what was stored of it`() throws {
        let chain = Chained(
            description: "Still not working",
            cause: Chained(description: "It's broken", cause: RuntimeError())
        )
        let failure = Failure(chain, in: "a")
        #expect(try restored(failure) == failure)
        #expect(Failure(chain, in: "a") == failure)
        #expect(failure.causes.map(\.message) == ["It's broken", "Woot!"])
        #expect(failure.causes.map(\.type) == ["Chained", "RuntimeError"])
    }

    @Test func `test_flattening: nested wrapped failures count one by one`() {
        let (first, second) = (Failure(RuntimeError(), in: "a"), Failure(RuntimeError(), in: "b"))
        let inner = WrappedFailure(failures: [first, second])
        let outer = WrappedFailure(failures: [Failure(inner, in: "c"), first])
        #expect(outer.count == 3)
        #expect(Array(outer) == [first, second, first])
    }

    @Test func `test_pformat_str: the description of an error lists its causes below it`() {
        let failure = Failure(
            Chained(description: "Broken", cause: Chained(description: "Something is wrong", cause: nil)),
            in: "a"
        )
        #expect(failure.formatted() == "'a' failed: Broken (Chained)\n  because of: Something is wrong (Chained)")
    }

    // MARK: - Formatters

    func failed(hiding: Hiding) async throws -> [String] {
        let recorder = Recorder()
        let flow = try Flow("test") {
            recorder.task("Happy-1") { (_: Nothing) in X(x: 1) }
            recorder.task("Happy-2") { (_: X) in Y(y: 2) }
            recorder.raising("Broken")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.advance()
        return try #require(engine.explain(hiding: hiding)).split(separator: "\n").map(String.init)
    }

    @Test
    func `test_exc_info_with_details_format: the report lists the steps before the failed one with their results`()
        async throws
    {
        #expect(
            try await failed(hiding: []) == [
                "'Broken' failed: Woot! (RuntimeError)", "  steps before it:",
                "    'Happy-2' is REVERTED, took x = 1, gave y = 2", "      'Happy-1' is REVERTED, gave x = 1",
            ]
        )
    }

    @Test func `test_exc_info_with_details_format_hidden: the report has no values of hidden steps`() async throws {
        #expect(
            try await failed(hiding: Hiding(allOf: ["Broken", "Happy-1", "Happy-2"])).suffix(2) == [
                "    'Happy-2' is REVERTED, took x = ***, gave y = ***", "      'Happy-1' is REVERTED, gave x = ***",
            ]
        )
    }

    @Test func `test_mask_keys_edge_cases: a key is masked at any depth`() async throws {
        struct Data: Fields {
            @Field var listeners: [[String: [String: String]]]
            @Field var certificate: String?
            @Field var numbers: [Int]
            @Field var empty: [String: String]
        }
        let container = ["id": "4d2b", "certificate": "secret_data"]
        let recorder = Recorder()
        let flow = try Flow("test") {
            recorder.task("give") { (_: Nothing) in
                Data(listeners: [["tls": container]], certificate: "another", numbers: [0, 12345], empty: [:])
            }
            recorder.raising("Broken")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.advance()
        let text = try #require(engine.explain(hiding: ["certificate"]))
        #expect(!text.contains("secret_data") && !text.contains("another"))
        #expect(text.contains("certificate: ***") && text.contains(#"id: "4d2b""#))
        #expect(text.hasSuffix("certificate = ***, numbers = [0, 12345], empty = [:]"))
    }
}
