import TaskFlow
import Testing

struct RetryTests {
    let store = LedgerStore()
    let trace = Trace()

    /// Fails in the first attempt.
    func fussy(_ name: String) -> Step<External<Times.Output, Nothing>> {
        Step(
            External { [trace] (input: Times.Output) in
                trace.note("\(name) \(input.attempt)")
                if input.attempt == 1 { throw Woot() }
                return Nothing()
            },
            named: name
        )
    }

    @Test(arguments: [1, 2])
    func `what comes after a flow waits for all of its last attempt`(successors: Int) async throws {
        let flow = try Flow("tried") {
            UnorderedFlow("sub", retry: Step(Times(2))) {
                noting("a", in: trace)
                LinearFlow("slower") {
                    noting("b", in: trace)
                    fussy("c")
                }
            }
            UnorderedFlow("after") { for number in 1...successors { noting("after \(number)", in: trace) } }
        }
        try await Engine(flow, request: Nothing(), in: store).run()
        let last = try #require(trace.lines.lastIndex(of: "c 2"))
        #expect(trace.lines[(last + 1)...] == ["after 1", "after 2"].prefix(successors))
        #expect(trace.count(of: "a") == 2)
        #expect(trace.count(of: "after 1") == 1)
    }

    @Test func `a failure that a later process resolves is resolved for good`() async throws {
        let flow = try Flow("tried", retry: Step(Times(2))) {
            noting("a", in: trace)
            fussy("b")
        }
        let first = try Engine(flow, request: Nothing(), in: store, options: EngineOptions(neverResolves: true))
        #expect(try await first.advance() == .failure)
        // Dies while the second attempt runs.
        let dying = LedgerStore(faults: [.init(transaction: 8, moment: .instead)])
        let copy = try Engine(flow, request: Nothing(), in: dying, options: EngineOptions(neverResolves: true))
        #expect(try await copy.advance() == .failure)
        let second = try await Engine(resuming: copy.id, with: flow.recipe, in: dying)
        await #expect(throws: StoreDown.self) { try await second.advance() }
        let journal = try #require(try await dying.load(copy.id)?.journal)
        #expect(journal.contains { $0.atom == "b" && $0.resolution?.decision == .retry })
        #expect(journal.contains { $0.state == .retrying })
        let third = try await Engine(resuming: copy.id, with: flow.recipe, in: dying)
        #expect(try await third.advance() == .success)
        #expect(third.failures.isEmpty)
    }

    /// Gives the number of the attempt, without waiting.
    private struct Immediately: ImmediateRetry {
        struct Output: Fields { @Field var attempt: Int }
        static let name = "immediately"

        func next(_ input: Nothing, history: History<Output>) -> Output {
            Output(attempt: history.attempts.count + 1)
        }

        func onFailure(_ input: Nothing, history: History<Output>) -> Decision { .retry }
    }

    @Test func `an attempt that begins at once shares its commit with the steps around it`() async throws {
        let flow = try Flow("tried") {
            LedgerTask()
            LinearFlow("sub", retry: Step(Immediately())) { fussy("a") }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        #expect(try await engine.advance() == .success)
        #expect(trace.lines == ["a 1", "a 2"])
        // The start; the failure with the start of the revert; that it is reverted, with the next start; the end.
        #expect(store.transactionCount == 4)
    }

    private struct LedgerTask: TransactionalTask {
        static let name = "write"

        func execute(_ input: Nothing, in transaction: LedgerTransaction) -> Nothing { Nothing() }
    }

    /// Fails when it has to decide, or, if it is to go on, when it has to give another attempt.
    struct Broken: Retry {
        static let name = "broken"
        let isDeciding: Bool

        func execute(_ input: Nothing, history: History<Nothing>) throws -> Nothing {
            if !history.attempts.isEmpty { throw Woot(message: "no attempt left") }
            return Nothing()
        }

        func onFailure(_ input: Nothing, history: History<Nothing>) throws -> Decision {
            if isDeciding { throw Woot(message: "can't decide") }
            return .retry
        }
    }

    @Test(arguments: [false, true])
    func `what makes a retry itself fail is told first, and then what it failed to resolve`(isDeciding: Bool)
        async throws
    {
        let told = Trace()
        let flow = try Flow("broken", taking: Nothing.self) {
            Step(
                External { (_: Nothing) in
                    Nothing()
                } undoing: { _, _ in
                    let failures = TaskContext.required.failures
                    told.note("undone after \(failures.keys.sorted())")
                },
                named: "before"
            )
            LinearFlow("sub", retry: Step(Broken(isDeciding: isDeciding), named: "retry")) { failing("a") }
        } concluding: { _, end, ledger in
            (ledger as LedgerTransaction).write(end.failures.map(\.atom).joined(separator: ", "))
        }
        let engine = try Engine(flow, request: Nothing(), in: store, options: EngineOptions(defersReverts: true))
        let error = try #require(await #expect(throws: WrappedFailure.self) { try await engine.run() })
        #expect(error.map(\.atom) == ["retry", "a"])
        #expect(error.map { $0.error() } == [Woot(message: isDeciding ? "can't decide" : "no attempt left"), Woot()])
        #expect(engine.failures == error.failures)
        #expect(store.lines == ["retry, a"])
        #expect(told.lines == ["undone after \(isDeciding ? ["a", "retry"] : ["retry"])"])

        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(resumed.failures == error.failures)
        let result = try #require(try await store.result(of: engine.id))
        #expect(result.failures.first == error.first)
    }
}
