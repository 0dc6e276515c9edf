import Identity
import Synchronization
import TaskFlow
import Testing

struct UpgradeTests {
    typealias Fault = LedgerStore.Fault
    var trace = Trace()

    struct Bytes: Fields { @Field var bytes: Int }

    /// Runs the first version of a flow until its store fails; gives the run.
    func interrupt(_ flow: Flow<Nothing>, in store: LedgerStore) async throws -> FlowID {
        try await interrupt(flow, request: Nothing(), in: store)
    }

    func interrupt<Request>(_ flow: Flow<Request>, request: Request, in store: LedgerStore) async throws -> FlowID {
        let engine = try Engine(flow, request: request, in: store)
        await #expect(throws: StoreDown.self) { try await engine.run() }
        return engine.id
    }

    /// A step that notes the operation under which it is called.
    func operating(_ name: String) -> Step<External<Nothing, Nothing>> {
        Step(
            External { [trace] _ in
                trace.note("do \(TaskContext.required.operation)")
                return Nothing()
            } undoing: { [trace] _, _ in
                trace.note("undo \(name)")
            },
            named: name
        )
    }

    @Test func `a step that had run is reverted under its new name`() async throws {
        let store = LedgerStore(faults: [Fault(transaction: 3, moment: .instead)])
        let first = try Flow("f") {
            noting("old", in: trace)
            noting("b", in: trace)
        }
        let id = try await interrupt(first, in: store)
        let flow = try Flow("f", version: 2, upgrades: [Upgrade(from: 1) { $0.rename("old", to: "new") }]) {
            noting("new", in: trace)
            failing("b")
        }
        let engine = try await Engine(resuming: id, with: flow.recipe, in: store)
        #expect(try await engine.advance() == .reverted)
        #expect(trace.lines == ["old", "b", "undo new"])
        let (detail, journal) = try #require(try await store.load(id))
        #expect(detail.version == 2)
        #expect(Set(journal.map(\.atom)) == ["new", "b"])
    }

    @Test func `a step that was running when its process died is repeated as the same operation under its new name`()
        async throws
    {
        // One process dies while the step runs, the next while it runs again, when the upgrade may have been stored.
        for moment in LedgerStore.Moment.allCases {
            let trace = Trace()
            let store = LedgerStore(faults: [
                Fault(transaction: 2, moment: .instead), Fault(transaction: 1, moment: moment),
            ])
            let test = UpgradeTests(trace: trace)
            let id = try await test.interrupt(try Flow("f") { test.operating("old") }, in: store)
            let flow = try Flow(
                "f",
                version: 3,
                upgrades: [
                    Upgrade(from: 1) { $0.rename("old", to: "middle") },
                    Upgrade(from: 2) { $0.rename("middle", to: "new") },
                ]
            ) {
                test.operating("new")
                noting("last", in: trace)
            }
            let second = try await Engine(resuming: id, with: flow.recipe, in: store)
            await #expect(throws: StoreDown.self) { try await second.advance() }
            try await store.bury(holderOf: id)
            try await Engine(resuming: id, with: flow.recipe, in: store).run()
            let operations = trace.lines.filter { $0.hasPrefix("do ") }
            #expect(operations.count == (moment == .instead ? 3 : 2))
            #expect(Set(operations).count == 1)
            #expect(try await store.load(id)?.detail.shape?.shape().atoms.first?.formerName == "old")
        }
    }

    @Test func `a step that is new runs, and one that is gone is forgotten`() async throws {
        let store = LedgerStore(faults: [Fault(transaction: 3, moment: .instead)])
        let first = try Flow("f") {
            noting("gone", in: trace)
            noting("b", in: trace)
        }
        let id = try await interrupt(first, in: store)
        let flow = try Flow("f", version: 2, upgrades: [Upgrade(from: 1) { $0.drop("gone") }]) {
            noting("b", in: trace)
            noting("new", in: trace)
        }
        try await Engine(resuming: id, with: flow.recipe, in: store).run()
        #expect(trace.lines == ["gone", "b", "b", "new"])
        let (detail, journal) = try #require(try await store.load(id))
        #expect(detail.shape == flow.recipe.shape)
        #expect(Set(journal.map(\.atom)) == ["b", "new"])
    }

    @Test func `a request and an output become what the new version takes`() async throws {
        let store = LedgerStore(faults: [Fault(transaction: 2, moment: .instead)])
        let first = try Flow("f", taking: Size.self) {
            giving("old", named: "a")
            noting("b", in: trace)
        }
        let id = try await interrupt(first, request: Size(size: 2), in: store)
        let flow = try Flow(
            "f",
            version: 2,
            taking: Bytes.self,
            upgrades: [
                Upgrade(from: 1) { run in
                    try run.rewriteRequest { (old: Size) in Bytes(bytes: old.size << 30) }
                    let host = try run.output(of: "a", as: Host.self)?.host
                    try run.rewriteOutput(of: "a") { (old: Host) in Host(host: "new from \(host ?? "")") }
                }
            ]
        ) {
            giving("not asked", named: "a")
            noting("b", in: trace)
            reading("c", in: trace)
            Step(
                Pure { [trace] (input: Bytes) in
                    trace.note("\(input.bytes)")
                    return Nothing()
                },
                named: "d"
            )
        }
        try await Engine(resuming: id, with: flow.recipe, in: store).run()
        #expect(trace.lines == ["b", "b", "c read new from old", "2147483648"])
        #expect(try await store.load(id)?.detail.request == #"{"bytes":2147483648}"#)
    }

    @Test func `a new step before ones that have run counts as done, or the run is refused`() async throws {
        for isCompleted in [false, true] {
            let (store, trace) = (LedgerStore(faults: [Fault(transaction: 4, moment: .instead)]), Trace())
            let first = try Flow("f") {
                for name in ["a", "c", "d"] { noting(name, in: trace) }
            }
            let id = try await interrupt(first, in: store)
            let upgrade = Upgrade(from: 1) { if isCompleted { try $0.complete("b") } }
            let flow = try Flow("f", version: 2, upgrades: [upgrade]) {
                for name in ["a", "b", "c"] { noting(name, in: trace) }
                failing("d")
            }
            if isCompleted {
                #expect(try await Engine(resuming: id, with: flow.recipe, in: store).advance() == .reverted)
                #expect(trace.lines == ["a", "c", "d", "undo c", "undo b", "undo a"])
            } else {
                let error = await #expect(throws: RecipeMismatch.self) {
                    try await Engine(resuming: id, with: flow.recipe, in: store)
                }
                #expect(error?.offered == "a new step 'b' before it")
                #expect(try await store.abandoned().map(\.id) == [id])
            }
        }
    }

    @Test func `what has no upgrade is refused, with what differs and what to do`() async throws {
        let store = LedgerStore(faults: [Fault(transaction: 2, moment: .instead)])
        let id = try await interrupt(try Flow("f") { noting("a", in: trace) }, in: store)
        func refusal(_ version: Int, _ upgrades: [Upgrade]) async throws -> RecipeMismatch? {
            let flow = try Flow("f", version: version, upgrades: upgrades) {
                noting("a", in: trace)
                noting("b", in: trace)
            }
            return await #expect(throws: RecipeMismatch.self) {
                try await Engine(resuming: id, with: flow.recipe, in: store)
            }
        }
        #expect(
            try await refusal(2, [])?.description == """
                flow \(id) was started with 'f' version 1, but this program has 'f' version 2:
                  - 'b' is new
                give the flow an upgrade from version 1
                """
        )
        let chain = [Upgrade(from: 1) { _ in }]
        #expect(try await refusal(3, chain)?.remedy == "give the flow an upgrade from version 2")
        #expect(
            try await refusal(2, [Upgrade(from: 1) { $0.rename("A", to: "b") }])?.remedy
                == "its upgrade from version 1 can't rename 'A': the run has no step of that name"
        )
        #expect(
            try await refusal(2, [Upgrade(from: 1) { _ in throw Woot() }])?.remedy
                == #"its upgrade from version 1 failed: Woot(message: "Woot!")"#
        )
        #expect(
            try await refusal(2, [Upgrade(from: 1) { $0.rename("a", to: "c") }])?.description
                == "flow \(id) was started with a step 'c', but this program has none of that name: "
                + "let the upgrade rename or drop it"
        )
        #expect(
            try await refusal(2, [Upgrade(from: 1) { $0.rename("a", to: "b") }])?.remedy
                == "another step was named 'a' when the run began: give this one another name"
        )
        // Nothing of all this has been stored.
        #expect(try await store.load(id)?.detail.version == 1)
        #expect(try await store.abandoned().map(\.id) == [id])
    }

    @Test func `a run of a newer version is refused`() async throws {
        let store = LedgerStore(faults: [Fault(transaction: 2, moment: .instead)])
        let id = try await interrupt(try Flow("f", version: 2) { noting("a", in: trace) }, in: store)
        let flow = try Flow("f") { noting("a", in: trace) }
        let error = await #expect(throws: RecipeMismatch.self) {
            try await Engine(resuming: id, with: flow.recipe, in: store)
        }
        #expect(error?.remedy == "continue it with the newer program that started it")
    }

    @Test func `a run that is over is upgraded when it is put back to its beginning`() async throws {
        let store = LedgerStore()
        let first = try Engine(Flow("f") { noting("old", in: trace) }, request: Nothing(), in: store)
        try await first.run()
        let flow = try Flow("f", version: 2, upgrades: [Upgrade(from: 1) { $0.rename("old", to: "new") }]) {
            noting("new", in: trace)
        }
        let engine = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(engine.state == .success)
        #expect(try await store.load(first.id)?.detail.version == 1)
        try await engine.reset()
        let (detail, journal) = try #require(try await store.load(first.id))
        #expect(detail.version == 2)
        #expect(detail.state == .pending)
        #expect(journal.map(\.atom) == ["new", "new", ""])
        #expect(AtomDetail.details(of: detail, journal: journal).map(\.state) == [.pending])
        try await engine.run()
        #expect(trace.lines == ["old", "new"])
        let again = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(again.state == .success)
    }

    @Test func `upgrades that lead nowhere are refused when the flow is built`() throws {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow(
                "f",
                version: 3,
                upgrades: [Upgrade(from: 1) { _ in }, Upgrade(from: 1, to: 3) { _ in }, Upgrade(from: 3) { _ in }]
            ) {}
        }
        #expect(
            error?.problems == [
                "there are 2 upgrades from version 1", "the upgrade from version 3 leads to 4, but the flow has 3",
            ]
        )
    }

    /// The first version of a flow whose process dies at a transaction, and then the second in one that dies, too.
    @Test(arguments: LedgerStore.Moment.allCases)
    func `a process that dies at any transaction of an upgraded run changes nothing in the end`(
        moment: LedgerStore.Moment
    ) async throws {
        var deaths = 0
        for first in 2...4 {
            for second in 1... {
                let trace = Trace()
                let store = LedgerStore(faults: [
                    Fault(transaction: first, moment: .afterwards), Fault(transaction: second, moment: moment),
                ])
                let upgrades = Mutex(0)
                let old = try Flow("f") {
                    EffectTests.part(.pure, named: "look")
                    noting("old", in: trace)
                    EffectTests.part(.transactional, named: "book")
                    failing("c")
                }
                let new = try Flow(
                    "f",
                    version: 2,
                    upgrades: [
                        Upgrade(from: 1) { run in
                            upgrades.withLock { $0 += 1 }
                            run.rename("old", to: "new")
                            run.drop("look")
                        }
                    ]
                ) {
                    noting("new", in: trace)
                    EffectTests.part(.transactional, named: "book")
                    failing("c")
                }
                let id = try await interrupt(old, in: store)
                while try await store.load(id)?.detail.state.isFinished != true {
                    try await store.bury(holderOf: id)
                    do {
                        try await Engine(resuming: id, with: new.recipe, in: store).advance()
                    } catch is StoreDown {
                        deaths += 1
                    }
                }
                let (detail, journal) = try #require(try await store.load(id))
                #expect(detail.state == .reverted)
                #expect(trace.lines.last == "undo new", "\(first), \(second)")
                #expect(journal.last { $0.atom == "new" }?.state == .reverted)
                #expect(!journal.contains { $0.atom == "old" || $0.atom == "look" })
                #expect(detail.version == 2)
                if store.hasPendingFaults { break }
                #expect(upgrades.withLock { $0 } == (second == 1 && moment == .instead ? 2 : 1))
            }
        }
        #expect(deaths > 5)
    }
}
