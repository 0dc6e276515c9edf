import TaskFlow
import Testing

struct InstrumentTests {
    /// Notes what it surrounds, and lets steps run unless told not to.
    struct Noting: Instrument {
        let trace: Trace
        var skips = false

        func surround(
            run flow: FlowID,
            named name: String,
            _ body: () async throws -> FlowState
        ) async throws -> FlowState {
            trace.note("begin \(name)")
            let state = try await body()
            trace.note("end \(name) \(state.rawValue)")
            return state
        }

        func surround(step context: TaskContext, _ body: () async throws -> Void) async throws {
            trace.note("begin \(context.isReverting ? "revert " : "")\(context.atom)")
            if !skips { try await body() }
            trace.note("end \(context.isReverting ? "revert " : "")\(context.atom)")
        }

        func surround(transactionalStep context: TaskContext, _ body: () throws -> Void) throws {
            trace.note("begin \(context.isReverting ? "revert " : "")\(context.atom)")
            if !skips { try body() }
            trace.note("end \(context.isReverting ? "revert " : "")\(context.atom)")
        }
    }

    let trace = Trace()

    func flow() throws -> Flow<Nothing> {
        try Flow("surrounded") {
            Step(
                Transactional { [trace] (_: Nothing, _) in
                    trace.note("book")
                    return Nothing()
                } undoing: { [trace] _, _, _ in
                    trace.note("unbook")
                },
                named: "book"
            )
            noting("a", in: trace)
            failing("b")
        }
    }

    @Test func `an instrument surrounds the run, each execution and each revert`() async throws {
        let options = EngineOptions(instrument: Noting(trace: trace))
        let engine = try Engine(flow(), request: Nothing(), in: LedgerStore(), options: options)
        #expect(try await engine.advance() == .reverted)
        #expect(
            trace.lines == [
                "begin surrounded",
                "begin book", "book", "end book",
                "begin a", "a", "end a",
                "begin b",
                "begin revert b", "end revert b",
                "begin revert a", "undo a", "end revert a",
                "begin revert book", "unbook", "end revert book",
                "end surrounded REVERTED",
            ]
        )
    }

    @Test func `a step that an instrument leaves out has failed`() async throws {
        let options = EngineOptions(instrument: Noting(trace: trace, skips: true))
        for flow in [try flow(), try Flow("surrounded") { noting("a", in: trace) }] {
            let engine = try Engine(flow, request: Nothing(), in: LedgerStore(), options: options)
            #expect(try await engine.advance() != .success)
            #expect(engine.failures.first?.check(StepLeftOut.self) != nil)
        }
        #expect(!trace.lines.contains("book") && !trace.lines.contains("a"))
    }
}
