import TaskFlow
import Testing

struct SuspensionTests {
    let store = LedgerStore()
    let trace = Trace()

    func step(_ name: String) -> Step<External<Nothing, Nothing>> { noting(name, in: trace) }

    /// Suspends the flow when `step` comes to `state`.
    @discardableResult
    func suspend(_ engine: Engine<some FlowStore>, at step: String, _ state: AtomState = .success) -> Int {
        engine.atomNotifier.register([state]) { [weak engine] in if $0.atom == step { engine?.suspend() } }
    }

    func flow(_ last: String = "c") throws -> Flow<Nothing> {
        try Flow("suspended") {
            step("a")
            step("b")
            if last == "c" { step("c") } else { failing("c") }
        }
    }

    @Test func `a suspended flow goes on in another engine, and nobody else takes it up`() async throws {
        let flow = try flow()
        let first = try Engine(flow, request: Nothing(), in: store)
        suspend(first, at: "a")
        try await first.run()
        #expect(first.state == .suspended)
        #expect(try await store.load(first.id)?.detail.state == .suspended)
        #expect(try await store.abandoned().isEmpty)

        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(second.state == .suspended)
        try await second.run()
        #expect(trace.lines == ["a", "b", "c"])
        // The first learns of it when it is run again.
        #expect(try await first.advance() == .success)
        #expect(trace.lines == ["a", "b", "c"])
    }

    @Test func `what is being performed when another task suspends the flow ends, and counts`() async throws {
        let (entered, mayEnd) = (Gate(), Gate())
        let flow = try Flow("suspended") {
            Step(
                External { [trace] (_: Nothing) in
                    trace.note("slow")
                    entered.open()
                    await mayEnd.wait()
                    return Nothing()
                },
                named: "slow"
            )
            step("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        let running = Task { try await engine.run() }
        await entered.wait()
        engine.suspend()
        #expect(engine.state == .suspending)
        mayEnd.open()
        try await running.value
        #expect(engine.state == .suspended)
        #expect(try await store.states(of: engine.id) == ["slow": .success])
        try await engine.run()
        #expect(trace.lines == ["slow", "b"])
    }

    @Test func `siblings that wait for their turn are performed once, when the flow goes on`() async throws {
        let names = (1...6).map { "s\($0)" }
        let flow = try Flow("suspended") {
            UnorderedFlow("u") { for name in names { step(name) } }
            step("last")
        }
        let engine = try Engine(flow, request: Nothing(), in: store, options: EngineOptions(parallelism: 2))
        engine.atomNotifier.register([.success]) { [weak engine] _ in engine?.suspend() }
        var pauses = 0
        while try await engine.advance() == .suspended {
            pauses += 1
            #expect(Set(try await store.states(of: engine.id).values).isSubset(of: [.success, .running]))
        }
        #expect(engine.state == .success)
        #expect(pauses > 1)
        #expect(trace.lines.sorted() == ["last"] + names)
        #expect(trace.lines.last == "last")
    }

    @Test func `a rollback may be suspended at every step of it`() async throws {
        let flow = try flow("failing")
        let engine = try Engine(flow, request: Nothing(), in: store)
        for state in [AtomState.failure, .reverting, .reverted] {
            engine.atomNotifier.register([state]) { [weak engine] _ in engine?.suspend() }
        }
        var pauses = 0
        while try await engine.advance() == .suspended { pauses += 1 }
        #expect(engine.state == .reverted)
        #expect(pauses > 2)
        #expect(trace.lines == ["a", "b", "undo b", "undo a"])
        #expect(engine.failures.map(\.atom) == ["c"])
    }

    @Test func `failed reverts are still tried again when that was suspended before the first of them`() async throws {
        let flow = try Flow("suspended", taking: Nothing.self) {
            step("a")
            Step(
                External { (_: Nothing) in
                    Nothing()
                } undoing: { [trace] _, _ in
                    trace.note("undo b")
                    if trace.count(of: "undo b") == 1 { throw Woot(message: "stuck") }
                },
                named: "b"
            )
            failing("c")
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        #expect(try await first.advance() == .failure)
        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        second.notifier.register([.running]) { [weak second] _ in second?.suspend() }
        #expect(try await second.advance() == .suspended)
        #expect(try await store.load(first.id)?.detail.state == .suspended)
        let third = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(try await third.advance() == .reverted)
        #expect(trace.lines == ["a", "undo b", "undo b", "undo a"])
    }

    @Test(arguments: [false, true], [false, true])
    func `a sibling that waited while its flow was given up has not run, and is not reverted`(
        isResolvedLater: Bool,
        diesInBetween: Bool
    ) async throws {
        let flow = try Flow("suspended") {
            UnorderedFlow("u") {
                failing("bad")
                Step(
                    External { [trace] _ in
                        trace.note("b")
                        return Nothing()
                    } undoing: { [trace] (_: Nothing, outcome: Outcome<Nothing>) in
                        trace.note("undo b after \(outcome)")
                    },
                    named: "b"
                )
            }
        }
        // The second transaction stores that 'bad' has failed, the third that its flow is given up.
        let store = LedgerStore(faults: diesInBetween ? [.init(transaction: 3, moment: .afterwards)] : [])
        let options = EngineOptions(neverResolves: isResolvedLater)
        let engine = try Engine(flow, request: Nothing(), in: store, options: options)
        suspend(engine, at: "bad", .failure)
        try await engine.run()
        #expect(try await store.result(of: engine.id)?.atoms.map(\.state) == [.failure, .running])
        if diesInBetween {
            let dying = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
            await #expect(throws: StoreDown.self) { try await dying.advance() }
        }
        let last = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(try await last.advance() == .reverted)
        #expect(trace.lines.isEmpty)
        let atoms = try #require(try await store.result(of: engine.id)?.atoms)
        #expect(atoms.map(\.state) == [.reverted, .pending])
        #expect(atoms.map(\.attempts) == [1, 0])
        #expect(last.failures.map(\.atom) == ["bad"])
    }

    @Test func `only a step that ran before its process died is told that it is repeated`() async throws {
        // The third transaction stores that 'b' starts for the first time, the fourth would store that it has succeeded.
        let store = LedgerStore(faults: [.init(transaction: 4, moment: .instead)])
        let flow = try Flow("suspended") {
            UnorderedFlow("u") {
                step("a")
                Step(
                    External { [trace] (_: Nothing) in
                        trace.note("b, again: \(TaskContext.required.isRepetition)")
                        return Nothing()
                    },
                    named: "b"
                )
            }
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        suspend(first, at: "a")
        #expect(try await first.advance() == .suspended)
        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        await #expect(throws: StoreDown.self) { try await second.advance() }
        let third = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(try await third.advance() == .success)
        #expect(trace.lines == ["a", "b, again: false", "b, again: true"])
        #expect(try await store.result(of: first.id)?.atoms.map(\.attempts) == [1, 1])
    }

    @Test func `who suspends too late changes nothing`() async throws {
        let engine = try Engine(flow(), request: Nothing(), in: store)
        trace.listen(to: engine)
        engine.suspend()
        #expect(engine.state == .pending)
        suspend(engine, at: "c")
        try await engine.run()
        engine.suspend()
        #expect(engine.state == .success)
        #expect(trace.lines == ["RUNNING", "a", "b", "c", "SUSPENDING", "SUCCESS"])
    }

    @Test func `a process may die while it suspends`() async throws {
        // The second transaction stores that 'fast' has succeeded, the third would store that 'slow' has.
        let store = LedgerStore(faults: [.init(transaction: 3, moment: .instead)])
        let mayEnd = Gate()
        let flow = try Flow("suspended") {
            UnorderedFlow("u") {
                step("fast")
                Step(
                    External { (_: Nothing) in
                        if !TaskContext.required.isRepetition { await mayEnd.wait() }
                        return Nothing()
                    },
                    named: "slow"
                )
            }
            step("last")
        }
        let engine = try Engine(flow, request: Nothing(), in: store, options: EngineOptions(parallelism: 2))
        suspend(engine, at: "fast")
        engine.notifier.register([.suspending]) { _ in mayEnd.open() }
        await #expect(throws: StoreDown.self) { try await engine.run() }
        #expect(try await store.load(engine.id)?.detail.state == .suspending)
        #expect(try await store.abandoned().map(\.id) == [engine.id])

        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        let told = Trace()
        told.listen(to: resumed)
        try await resumed.run()
        #expect(told.lines == ["RESUMING", "SUSPENDED", "RUNNING", "SUCCESS"])
        #expect(trace.lines == ["fast", "last"])
    }
}
