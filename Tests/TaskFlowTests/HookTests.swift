import TaskFlow
import Testing

struct HookTests {
    /// Where a hooked step throws.
    enum Call: String, CaseIterable {
        case preExecute, execute, postExecute, preRevert, revert, postRevert
    }

    struct Hooked: RevertibleTask, TaskHooks {
        static let name = "hooked"
        let trace: Trace
        let throwing: Set<Call>

        func call(_ call: Call) throws {
            trace.note(call.rawValue)
            if throwing.contains(call) { throw Woot(message: call.rawValue) }
        }

        func execute(_ input: Nothing) async throws -> Nothing {
            try call(.execute)
            return input
        }

        func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws { try call(.revert) }
        func preExecute() async throws { try call(.preExecute) }
        func postExecute() async throws { try call(.postExecute) }
        func preRevert() async throws { try call(.preRevert) }
        func postRevert() async throws { try call(.postRevert) }
    }

    let trace = Trace()

    func run(throwing: Set<Call>) async throws -> Engine<MemoryStore> {
        let flow = try Flow("hooked") {
            Hooked(trace: trace, throwing: throwing)
            if throwing.isDisjoint(with: [.preExecute, .execute, .postExecute]) { failing("last") }
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.advance()
        return engine
    }

    static let reverting = ["preRevert", "revert", "postRevert"]

    @Test(
        arguments: [
            (Call.preExecute, ["preExecute", "postExecute"]),
            (.execute, ["preExecute", "execute", "postExecute"]),
            (.postExecute, ["preExecute", "execute", "postExecute"]),
        ]
    )
    func `what a hook throws fails the step as what its execution throws`(call: Call, calls: [String]) async throws {
        let engine = try await run(throwing: [call])
        #expect(engine.state == .reverted)
        #expect(engine.failures.map(\.atom) == ["hooked"])
        #expect(engine.failures.first?.error(as: Woot.self)?.message == call.rawValue)
        #expect(trace.lines == calls + Self.reverting)
    }

    @Test(
        arguments: [
            (Call.preRevert, ["preRevert", "postRevert"]), (.revert, reverting), (.postRevert, reverting),
        ]
    )
    func `likewise the revert`(call: Call, calls: [String]) async throws {
        let engine = try await run(throwing: [call])
        #expect(engine.state == .failure)
        #expect(engine.failures.first?.error(as: Woot.self)?.message == call.rawValue)
        #expect(trace.lines == ["preExecute", "execute", "postExecute"] + calls)
    }

    @Test func `of two errors the first counts`() async throws {
        let engine = try await run(throwing: [.execute, .postExecute])
        #expect(engine.failures.map(\.message) == ["\(Woot(message: "execute"))"])
    }

    @Test func `a step that touches nothing may have hooks, of which it needs not have all`() async throws {
        struct Looking: PureTask, TaskHooks {
            static let name = "looking"
            let trace: Trace
            func execute(_ input: Nothing) async throws -> Nothing { input }
            func postExecute() async throws { trace.note("looked") }
            func postRevert() async throws { trace.note("forgot") }
        }
        let flow = try Flow("hooked") {
            Looking(trace: trace)
            failing("last")
        }
        try await Engine(flow, request: Nothing(), in: MemoryStore()).advance()
        #expect(trace.lines == ["looked", "forgot"])
    }
}
