import TaskFlow
import Testing

/// What a store is told of the transactions of a run, so that it can run others beside them.
struct ReachTests {
    private let store = LedgerStore()

    /// Runs a flow to its end, and returns what its transactions reached.
    private func reaches(_ flow: Flow<Nothing>, scope: String? = "north") async throws -> Set<TransactionReach> {
        let engine = try Engine(flow, request: Nothing(), scope: scope, in: store)
        #expect(try await engine.advance() == .success)
        return Set(store.reaches)
    }

    private var booking: Flow<Nothing> {
        get throws {
            try Flow("book", taking: Nothing.self) {
                Step(
                    Transactional { (_: Nothing, ledger) in
                        ledger.write("book")
                        return Nothing()
                    }
                )
            }
        }
    }

    @Test func `a flow without transactional steps reaches its run alone`() async throws {
        let flow = try Flow("call", taking: Nothing.self) { noting("call", in: Trace()) }
        #expect(try await reaches(flow) == [.run])
    }

    @Test func `a flow with transactional steps reaches everything, unless it says that it stays within its scope`()
        async throws
    {
        #expect(try await reaches(booking) == [.everything])
    }

    @Test func `a flow that stays within its scope reaches the scope of the run`() async throws {
        #expect(try await reaches(booking.withinScope()) == [.scope("north")])
    }

    @Test func `a run without a scope reaches everything, whatever its flow says`() async throws {
        #expect(try await reaches(booking.withinScope(), scope: nil) == [.everything])
    }

    @Test func `what is written at the beginning or the end of runs counts as a transactional step`() async throws {
        let flow = try Flow("call", taking: Nothing.self) {
            noting("call", in: Trace())
        } concluding: { (_, _, ledger: LedgerTransaction) in
            ledger.write("end")
        }
        #expect(try await reaches(flow) == [.everything])
        #expect(store.lines == ["end"])
    }
}
