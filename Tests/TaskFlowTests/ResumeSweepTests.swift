import Identity
import TaskFlow
import Testing

struct ResumeSweepTests {
    typealias Fault = LedgerStore.Fault

    /// What is left when all is over.
    struct Leftovers: Equatable {
        var things: Set<String>
        var lines: [String]
        var operations: [String: Int]
        var state: FlowState?
        var atoms: [String: AtomState]
    }

    /// A flow in the hands of processes that die, one after the other.
    struct Sweep {
        let world = World()
        let store: LedgerStore
        let flow: Flow<Size>
        let id = FlowID.random()

        init(_ course: Course, faults: [Fault]) throws {
            store = LedgerStore(faults: faults)
            flow = try sweptFlow(course, in: world)
            world.makeRemovalFail(course == .failure)
        }

        /// Goes through the flow as often as processes die, and on until a revert that failed has been mended.
        func run() async throws -> Leftovers {
            while try await end() == .failure {
                world.makeRemovalFail(false)
                try await live { try await resume() }
            }
            let (detail, journal) = try #require(try await store.load(id))
            return Leftovers(
                things: world.things,
                lines: store.lines,
                operations: world.operations,
                state: detail.state,
                atoms: Dictionary(journal.map { ($0.atom, $0.state) }, uniquingKeysWith: { $1 })
            )
        }

        /// Brings the run to an end, beginning or going on with it as what is stored demands.
        private func end() async throws -> FlowState {
            while true {
                let state = try await store.load(id)?.detail.state
                if let state, state.isFinished { return state }
                try await live {
                    if state == nil {
                        try await Engine(flow, request: Size(size: 3), id: id, in: store).advance()
                    } else {
                        try await resume()
                    }
                }
            }
        }

        private func resume() async throws {
            try await Engine(resuming: id, with: flow.recipe, in: store).advance()
        }

        /// Lives a process's life, which ends by itself or with a fault of the store.
        private func live(_ life: () async throws -> Void) async throws {
            do {
                try await life()
            } catch is StoreDown {
                try await store.bury(holderOf: id)
            }
        }
    }

    @Test(arguments: Course.allCases)
    func `a flow that nothing disturbs`(course: Course) async throws {
        let left = try await Sweep(course, faults: []).run()
        let succeeds = course == .success || course == .retried
        #expect(left.state == (succeeds ? .success : .reverted))
        #expect(left.things == (succeeds ? ["volume-3", "export-16"] : []))
        let done = ["reserve 3", "record host of volume-3"]
        let undone = ["forget host of volume-3", "free 3"]
        let because = ["because of export"]
        switch course {
        case .success: #expect(left.lines == done + ["end 3 SUCCESS"])
        case .retried:
            #expect(left.lines == done + undone + done + ["end 3 SUCCESS"])
            #expect(left.operations["make volume-3"] == 2)
        case .reverted: #expect(left.lines == done + undone + ["end 3 REVERTED"] + because)
        case .failure:
            let failed = ["end 3 FAILURE", "because of export", "because of export"]
            #expect(left.lines == done + failed + undone + ["end 3 REVERTED"] + because)
        }
    }

    @Test(arguments: Course.allCases, LedgerStore.Moment.allCases)
    func `the death of the process at any transaction does not change the final outcome`(
        course: Course,
        moment: LedgerStore.Moment
    ) async throws {
        let undisturbed = try await Sweep(course, faults: []).run()
        var points = 0
        while true {
            let sweep = try Sweep(course, faults: [Fault(transaction: points + 1, moment: moment)])
            let left = try await sweep.run()
            #expect(left == undisturbed, "transaction \(points + 1)")
            if sweep.store.hasPendingFaults { break }
            points += 1
        }
        #expect(points > 2)
    }

    @Test(arguments: Course.allCases, LedgerStore.Moment.allCases)
    func `nor does one that dies while it goes on where another died`(
        course: Course,
        second: LedgerStore.Moment
    ) async throws {
        let undisturbed = try await Sweep(course, faults: []).run()
        for first in LedgerStore.Moment.allCases {
            var (transaction, next) = (1, 1)
            while true {
                let faults = [
                    Fault(transaction: transaction, moment: first), Fault(transaction: next, moment: second),
                ]
                let sweep = try Sweep(course, faults: faults)
                let left = try await sweep.run()
                #expect(left == undisturbed, "\(first) \(transaction), \(second) \(next)")
                if !sweep.store.hasPendingFaults {
                    next += 1
                } else if next > 1 {
                    (transaction, next) = (transaction + 1, 1)
                } else {
                    break
                }
            }
            #expect(transaction > 3)
        }
    }
}
