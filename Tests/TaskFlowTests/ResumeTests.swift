import TaskFlow
import Testing

struct ResumeTests {
    let store = LedgerStore()
    let trace = Trace()

    /// Stores a run whose process dies when the step 'b' is to start.
    func interrupted(version: Int = 1) async throws -> FlowID {
        let store = store
        let flow = try Flow("resumed", version: version, taking: Size.self) {
            noting("a", in: trace)
            Step(Transactional { (_: Nothing, _) -> Nothing in throw StoreDown() }, named: "b")
        }
        let engine = try Engine(flow, request: Size(size: 1), in: store)
        await #expect(throws: StoreDown.self) { try await engine.run() }
        return engine.id
    }

    @Test func `a recipe of another version is refused, and the run stays free`() async throws {
        let id = try await interrupted(version: 1)
        let flow = try Flow("resumed", version: 2, taking: Size.self) { noting("a", in: trace) }
        let error = await #expect(throws: RecipeMismatch.self) {
            try await Engine(resuming: id, with: flow.recipe, in: store)
        }
        #expect(
            error?.description == "flow \(id) was started with 'resumed' version 1, "
                + """
                but this program has 'resumed' version 2:
                  - 'b' is gone
                give the flow an upgrade from version 1
                """
        )
        #expect(try await store.abandoned().map(\.id) == [id])
    }

    @Test func `a recipe of another version is refused for that, even if it takes another request`() async throws {
        let id = try await interrupted(version: 1)
        let flow = try Flow("resumed", version: 2, taking: Host.self) { noting("a", in: trace) }
        await #expect(throws: RecipeMismatch.self) { try await Engine(resuming: id, with: flow.recipe, in: store) }
    }

    @Test func `a recipe of another name is refused`() async throws {
        let id = try await interrupted()
        let flow = try Flow("other", taking: Size.self) { noting("a", in: trace) }
        await #expect(throws: RecipeMismatch.self) { try await Engine(resuming: id, with: flow.recipe, in: store) }
    }

    @Test func `a recipe without a step that has run is refused`() async throws {
        let id = try await interrupted()
        let flow = try Flow("resumed", taking: Size.self) { noting("b", in: trace) }
        let error = await #expect(throws: RecipeMismatch.self) {
            try await Engine(resuming: id, with: flow.recipe, in: store)
        }
        #expect(
            error?.description
                == """
                flow \(id) was started with 'resumed' version 1, but this program has another flow under that version:
                  - 'b' is external where it was transactional
                  - 'a' is gone
                raise the flow's version, and give it an upgrade from version 1
                """
        )
    }

    @Test func `a recipe for another store is refused`() async throws {
        let id = try await interrupted()
        let flow = try Flow("resumed", version: 2, taking: Size.self, upgrades: [Upgrade(from: 1) { _ in }]) {
            noting("a", in: trace)
            CompilerTests.Foreign()
        }
        await #expect(throws: UnfitStore.self) { try await Engine(resuming: id, with: flow.recipe, in: store) }
        #expect(try await store.abandoned().map(\.id) == [id])
    }

    @Test(arguments: [FlowState.success, .reverted])
    func `a run that is over stays as it is, however often it is run or resumed`(state: FlowState) async throws {
        let flow = try Flow("concluded", taking: Nothing.self) {
            noting("a", in: trace)
            if state == .reverted { failing("b") }
        } concluding: { _, end, ledger in
            (ledger as LedgerTransaction).write("end \(end.state.rawValue)")
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        #expect(try await first.advance() == state)
        let stored = try await store.load(first.id)
        let calls = trace.lines

        first.notifier.register { [trace] in trace.note("told \($0.state)") }
        #expect(try await first.advance() == state)
        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(second.state == state)
        #expect(try await second.advance() == state)

        #expect(store.lines == ["end \(state.rawValue)"])
        #expect(trace.lines == calls)
        #expect(try await store.load(first.id)?.journal == stored?.journal)
        // Nobody holds it, neither.
        #expect(try await store.claim(first.id).epoch == 3)
    }

    @Test func `a revert that failed is tried again by resuming, and the rest is reverted`() async throws {
        let flow = try Flow("mended") {
            noting("a", in: trace)
            Step(
                External { (_: Nothing) in
                    Nothing()
                } undoing: { [trace] _, _ in
                    trace.note("undo b")
                    if trace.count(of: "undo b") < 3 { throw Woot(message: "stuck") }
                },
                named: "b"
            )
            failing("c")
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        #expect(try await first.advance() == .failure)
        #expect(trace.count(of: "undo b") == 1)
        #expect(try await store.abandoned().isEmpty)
        #expect(try await first.advance() == .failure)
        #expect(trace.count(of: "undo b") == 2)

        let third = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        let error = await #expect(throws: WrappedFailure.self) { try await third.run() }
        #expect(error?.failures.map(\.atom) == ["c"])
        #expect(third.state == .reverted)
        #expect(trace.lines == ["a", "undo b", "undo b", "undo b", "undo a"])
    }

    @Test func `a transactional revert that failed is forgotten once it has succeeded`() async throws {
        // The process that tries again dies at the sixth transaction, while it reverts 'a'.
        let store = LedgerStore(faults: [.init(transaction: 6, moment: .instead)])
        let flow = try Flow("mended", taking: Nothing.self) {
            noting("a", in: trace)
            Step(
                Transactional { (_: Nothing, _) in
                    Nothing()
                } undoing: { [trace] _, _, ledger in
                    ledger.write("undo b")
                    trace.note("undo b")
                    if trace.count(of: "undo b") == 1 { throw Woot(message: "stuck") }
                },
                named: "b"
            )
            failing("c")
        } concluding: { _, end, ledger in
            (ledger as LedgerTransaction).write("end \(end.state.rawValue) \(end.revertFailures.map(\.atom))")
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        #expect(try await first.advance() == .failure)
        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        await #expect(throws: StoreDown.self) { try await second.advance() }
        #expect(!store.hasPendingFaults)
        let third = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(try await third.advance() == .reverted)
        #expect(store.lines == ["end FAILURE [\"b\"]", "undo b", "end REVERTED []"])
        #expect(trace.lines == ["a", "undo b", "undo b", "undo a", "undo a"])
    }
}
