import TaskFlow
import Testing

struct PrintingListenerTests {
    let trace = Trace()

    @Test func `a success is printed, a line for each change`() async throws {
        let engine = try listenedEngine(.success)
        let id = engine.id
        try await engine.listening(with: PrintingListener(hiding: ["token"], to: trace.note)) { try await engine.run() }
        #expect(
            trace.lines == [
                "flow 'listened' \(id): PENDING -> RUNNING",
                "step 'lend' of \(id): PENDING -> RUNNING",
                "step 'lend' of \(id): RUNNING -> SUCCESS with host = \"node-1\", token = ***",
                "step 'use' of \(id): PENDING -> RUNNING",
                "step 'use' of \(id): RUNNING -> SUCCESS",
                "flow 'listened' \(id): RUNNING -> SUCCESS",
            ]
        )
    }

    @Test func `a reverted flow is printed with what went wrong, on one line`() async throws {
        let engine = try listenedEngine(.reverted)
        let id = engine.id
        let listener = PrintingListener(hiding: ["token", "host"], to: trace.note)
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        #expect(
            trace.lines == [
                "flow 'listened' \(id): PENDING -> RUNNING",
                "step 'lend' of \(id): PENDING -> RUNNING",
                "step 'lend' of \(id): RUNNING -> SUCCESS with host = ***, token = ***",
                "step 'use' of \(id): PENDING -> RUNNING",
                "step 'use' of \(id): RUNNING -> FAILURE, because of \("\(Woot(message: "full\nstop"))")",
                "step 'use' of \(id): FAILURE -> REVERTING",
                "step 'use' of \(id): REVERTING -> REVERTED",
                "step 'lend' of \(id): SUCCESS -> REVERTING",
                "step 'lend' of \(id): REVERTING -> REVERTED",
                "flow 'listened' \(id): RUNNING -> REVERTED",
            ]
        )
    }

    @Test func `a line break in an error or a value does not break the line`() async throws {
        struct Torn: Error, CustomStringConvertible {
            let description = "one\r\ntwo\u{2028}three"
        }
        let engine = try Engine(
            Flow("torn") {
                Step(Pure { (_: Nothing) in Host(host: "a\nb") }, named: "give")
                failing("fail", with: Torn())
            },
            request: Nothing(),
            in: MemoryStore()
        )
        let listener = PrintingListener(to: trace.note)
        try await engine.listening(with: listener) { _ = try await engine.advance() }
        #expect(trace.lines.contains("step 'give' of \(engine.id): RUNNING -> SUCCESS with host = \"a\\nb\""))
        #expect(
            trace.lines.contains(
                "step 'fail' of \(engine.id): RUNNING -> FAILURE, because of one\u{23CE}two\u{23CE}three"
            )
        )
        #expect(trace.lines.allSatisfy { !$0.contains(where: \.isNewline) })
    }

    @Test func `causes are printed, and the words for a failure can be chosen`() async throws {
        struct Outer: CausedError, CustomStringConvertible {
            let cause: (any Error)?
            let description = "no room"
        }
        let engine = try Engine(
            Flow("caused") { failing("a", with: Outer(cause: Woot())) },
            request: Nothing(),
            in: MemoryStore()
        )
        let (plain, chosen) = (Trace(), Trace())
        engine.listen(with: PrintingListener(to: plain.note))
        engine.listen(with: PrintingListener(formatFailure: { "\($0.type) in \($0.atom)" }, to: chosen.note))
        try await engine.advance()
        let start = "step 'a' of \(engine.id): RUNNING -> FAILURE, because of "
        #expect(plain.count(of: start + "no room, because of \(Woot())") == 1)
        #expect(chosen.count(of: start + "Outer in a") == 1)
    }
}
