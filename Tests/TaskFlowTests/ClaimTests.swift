import Identity
import TaskFlow
import Testing

struct ClaimTests {
    @Test
    func `an engine whose run has been taken over can write no more`() async throws {
        let store = LedgerStore()
        let trace = Trace()
        let (entered, mayEnd) = (Gate(), Gate())
        let flow = try Flow("contested") {
            Step(
                External { (_: Nothing) in
                    trace.note("create")
                    if trace.lines.count == 1 {
                        entered.open()
                        await mayEnd.wait()
                    }
                    return Nothing()
                },
                named: "create"
            )
            EffectTests.part(.transactional, named: "book")
        }
        let sleeper = try Engine(flow, request: Nothing(), in: store)
        let id = sleeper.id
        let running = Task { try await sleeper.run() }
        await entered.wait()

        await #expect(throws: ClaimRefused(id, .held(by: "this process"))) {
            try await Engine(resuming: id, with: flow.recipe, in: store)
        }
        let busy = await #expect(throws: EngineUnavailable.self) { try await sleeper.run() }
        #expect(busy?.reason == "is being run by this engine already")
        store.release(Claim(flow: id, epoch: 1))
        try await Engine(resuming: id, with: flow.recipe, in: store).run()
        let after = try #require(try await store.load(id))
        #expect(after.detail.state == .success)
        #expect(after.detail.epoch == 2)

        mayEnd.open()
        let error = await #expect(throws: ClaimLost.self) { try await running.value }
        #expect(error?.claim == Claim(flow: id, epoch: 1))
        let last = try #require(try await store.load(id))
        #expect(last.detail == after.detail)
        #expect(last.journal == after.journal)
        #expect(store.lines == ["book"])
        #expect(trace.lines == ["create", "create"])
        await #expect(throws: EngineUnavailable.self) { try await sleeper.advance() }
    }

    @Test func `an engine that is dropped lets go of the run that it has taken up`() async throws {
        let store = LedgerStore()
        let flow = try Flow("dropped") {
            noting("a", in: Trace())
            noting("b", in: Trace())
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        first.atomNotifier.register([.success]) { [weak first] _ in first?.suspend() }
        try await first.run()
        for _ in 1...3 { _ = try await Engine(resuming: first.id, with: flow.recipe, in: store) }
        #expect(try await Engine(resuming: first.id, with: flow.recipe, in: store).advance() == .success)
    }

    @Test func `a run that nobody knows can't be resumed`() async throws {
        let flow = try Flow("unknown") {}
        let id = FlowID.random()
        let error = await #expect(throws: ClaimRefused.self) {
            try await Engine(resuming: id, with: flow.recipe, in: MemoryStore())
        }
        #expect(error?.description == "there is no flow \(id)")
    }

    @Test func `an engine whose store fails is over, and its run is free`() async throws {
        let store = LedgerStore(faults: [.init(transaction: 2, moment: .instead)])
        let flow = try Flow("stopped") { noting("a", in: Trace()) }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: StoreDown.self) { try await engine.run() }
        #expect(try await store.abandoned().map(\.id) == [engine.id])
        let error = await #expect(throws: EngineUnavailable.self) { try await engine.run() }
        #expect(error?.flow == engine.id)
        try await Engine(resuming: engine.id, with: flow.recipe, in: store).run()
        #expect(try await store.abandoned().isEmpty)
    }

    @Test func `an error of the store during a step stops the engine and reverts nothing`() async throws {
        let store = LedgerStore()
        let trace = Trace()
        let flow = try Flow("stopped") {
            noting("a", in: trace)
            Step(
                Transactional { (_: Nothing, ledger) in
                    ledger.write("book")
                    trace.note("book")
                    if trace.count(of: "book") == 1 { throw StoreDown() }
                    return Nothing()
                },
                named: "book"
            )
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: StoreDown.self) { try await engine.run() }
        #expect(store.lines.isEmpty)
        try await Engine(resuming: engine.id, with: flow.recipe, in: store).run()
        #expect(store.lines == ["book"])
        #expect(trace.lines == ["a", "book", "a", "book"])
    }

    @Test func `two runs of one id are refused`() async throws {
        let store = MemoryStore()
        let flow = try Flow("once") { noting("a", in: Trace()) }
        let first = try Engine(flow, request: Nothing(), subject: "first", in: store)
        try await first.run()
        let second = try Engine(flow, request: Nothing(), id: first.id, subject: "second", in: store)
        await #expect(throws: FlowExists(first.id)) { try await second.run() }
        #expect(try await store.load(first.id)?.detail.subject == "first")
    }
}
