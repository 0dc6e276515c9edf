import Identity
import TaskFlow
import Testing

/// Flows with deciders, time limits, suspensions and resets, in the hands of processes that die at any transaction.
struct FeatureSweepTests {
    typealias Fault = LedgerStore.Fault

    struct Leftovers: Equatable {
        var things: Set<String>
        var lines: [String]
        var operations: [String: Int]
        var state: FlowState
        var atoms: [String: AtomState]
        var resets: Int
    }

    struct Sweep {
        let course: FeatureCourse
        let world = World()
        let store: LedgerStore
        let flow: Flow<Size>
        let id = FlowID.random()

        init(_ course: FeatureCourse, faults: [Fault]) throws {
            self.course = course
            store = LedgerStore(faults: faults)
            flow = try featureFlow(course, in: world)
        }

        func run() async throws -> Leftovers {
            while try await !isOver() { try await live() }
            let (detail, journal) = try #require(try await store.load(id))
            return Leftovers(
                things: world.things,
                lines: store.lines,
                operations: world.operations,
                state: detail.state,
                atoms: try await store.states(of: id),
                resets: journal.count { $0.isReset }
            )
        }

        private func isOver() async throws -> Bool {
            guard let (detail, journal) = try await store.load(id), detail.state.isFinished else { return false }
            return !course.resets || journal.contains { $0.isReset }
        }

        /// Lives a process's life: it begins the run or takes it up, resets it if it is over, and ends by itself or with a
        /// fault of the store.
        private func live() async throws {
            do {
                let engine = try await engine()
                if course.suspends {
                    engine.atomNotifier.register([.success, .failure, .reverted]) { [weak engine] _ in engine?.suspend()
                    }
                }
                if engine.state.isFinished { try await engine.reset() }
                try await engine.advance()
            } catch is StoreDown {
                try await store.bury(holderOf: id)
            }
        }

        private func engine() async throws -> Engine<LedgerStore> {
            guard try await store.load(id) != nil else {
                return try Engine(flow, request: Size(size: 3), id: id, in: store)
            }
            return try await Engine(resuming: id, with: flow.recipe, in: store)
        }
    }

    @Test(arguments: FeatureCourse.allCases)
    func `a flow that nothing disturbs`(course: FeatureCourse) async throws {
        let left = try await Sweep(course, faults: []).run()
        #expect(left.state == (course.fails ? .reverted : .success))
        #expect(left.resets == (course.resets ? 1 : 0))
        #expect(left.things == (course.fails ? [] : ["a", "b", "d", "f-2-2", "last-2"]))
        let first = ["book e", "free e", "book e", "book g", "free g", "free e"]
        #expect(Array(left.lines.prefix(first.count)) == first)
        let isIgnored = Set(left.atoms.filter { $0.value == .ignore }.keys)
        #expect(isIgnored == ["g", "h"])
    }

    /// What happens in the other courses happens in these, too.
    static let longest = [FeatureCourse.suspendedInRollback, .resetAfterRevert]

    @Test(arguments: longest, LedgerStore.Moment.allCases)
    func `the death of the process at any transaction does not change the final outcome`(
        course: FeatureCourse,
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
        #expect(points > 10)
    }

    /// The second dies soon after it has gone on, while it still is where the first was; the first, at every third
    /// transaction.
    @Test(arguments: longest)
    func `nor does one that dies while it goes on where another died`(course: FeatureCourse) async throws {
        let undisturbed = try await Sweep(course, faults: []).run()
        var transaction = 1
        var isOver = false
        while !isOver {
            for next in 1...3 {
                let faults = [
                    Fault(transaction: transaction, moment: .instead), Fault(transaction: next, moment: .afterwards),
                ]
                let sweep = try Sweep(course, faults: faults)
                let left = try await sweep.run()
                #expect(left == undisturbed, "\(transaction), then \(next)")
                isOver = sweep.store.hasPendingFaults
            }
            transaction += 3
        }
        #expect(transaction > 10)
    }
}
