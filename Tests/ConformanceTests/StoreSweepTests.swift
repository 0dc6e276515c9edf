import Identity
import Synchronization
import TaskFlow
import TestKit
import Testing

/// The process that runs a flow dies at each of its transactions, on every kind of store, and another process goes on.
@Suite(.scratchDirectory)
struct StoreSweepTests {
    /// The world that the flow's steps change.
    final class World: Sendable {
        private let made = Mutex<(things: Set<String>, operations: [String: Set<OperationID>])>(([], [:]))

        var things: Set<String> { made.withLock { $0.things } }
        var operations: [String: Int] { made.withLock { $0.operations.mapValues(\.count) } }

        func make(_ name: String) { note("make \(name)") { $0.insert(name) } }

        func remove(_ name: String) { note("remove \(name)") { $0.remove(name) } }

        private func note(_ call: String, _ change: (inout Set<String>) -> Void) {
            made.withLock { made in
                made.operations[call, default: []].insert(TaskContext.required.operation)
                change(&made.things)
            }
        }
    }

    struct Make: RevertibleTask {
        struct Input: Fields { @Field var attempt: Int }
        static let name = "make"
        let world: World
        let thing: String
        var failingAttempts = 0

        func execute(_ input: Input) async throws -> Nothing {
            world.make(thing)
            if input.attempt <= failingAttempts { throw RuntimeError() }
            return Nothing()
        }

        func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws { world.remove(thing) }
    }

    /// The end state of the run and the world.
    struct Leftovers: Equatable {
        let things: Set<String>
        let operations: [String: Int]
        let state: FlowState?
        let atoms: [String: AtomState]
        let attempts: [String: Int]
    }

    /// Runs a flow in which `failures` of two attempts fail, in a process that dies at a transaction; `nil` if the
    /// process ended before that transaction.
    func run<Store: FlowStore>(
        in store: Store,
        failures: Int,
        dyingAt transaction: Int,
        _ moment: FailingStore<Store>.Moment
    ) async throws -> (left: Leftovers, hasDied: Bool) {
        let world = World()
        let flow = try Flow("swept", retry: Step(Times(2))) {
            Step(Make(world: world, thing: "a"), named: "a")
            UnorderedFlow("both") {
                Step(Make(world: world, thing: "b"), named: "b")
                Step(Make(world: world, thing: "c", failingAttempts: failures), named: "c")
            }
        }
        let (id, mortal) = (FlowID.random(), FailingStore(store, at: transaction, moment))
        do {
            try await Engine(flow, request: Nothing(), id: id, in: mortal).advance()
        } catch is FailingStore<Store>.Death {}
        while true {
            try Task.checkCancellation()
            let state = try await store.load(id)?.detail.state
            if let state, state.isFinished { break }
            if state == nil {
                try await Engine(flow, request: Nothing(), id: id, in: store).advance()
            } else {
                store.release(Claim(flow: id, epoch: 1))
                try await Engine(resuming: id, with: flow.recipe, in: store).advance()
            }
        }
        let (detail, journal) = try #require(try await store.load(id))
        let atoms = AtomDetail.details(of: detail, journal: journal)
        let left = Leftovers(
            things: world.things,
            operations: world.operations,
            state: detail.state,
            atoms: Dictionary(uniqueKeysWithValues: atoms.map { ($0.name, $0.state) }),
            attempts: Dictionary(uniqueKeysWithValues: atoms.map { ($0.name, $0.attempts) })
        )
        return (left, await mortal.hasFailed)
    }

    @Test(arguments: StoreKind.allCases, 0...2)
    func `the death of the process at any transaction does not change the final outcome`(
        kind: StoreKind,
        failures: Int
    ) async throws {
        try await sweep(kind.open(), failures)
    }

    private func sweep<Store: FlowStore>(_ store: Store, _ failures: Int) async throws {
        let undisturbed = try await run(in: store, failures: failures, dyingAt: .max, .instead).left
        #expect(undisturbed.state == (failures < 2 ? .success : .reverted))
        #expect(undisturbed.things == (failures < 2 ? ["a", "b", "c"] : []))
        for moment in FailingStore<Store>.Moment.allCases {
            for transaction in 1... {
                let (left, hasDied) = try await run(in: store, failures: failures, dyingAt: transaction, moment)
                #expect(left == undisturbed, "transaction \(transaction), \(moment)")
                guard hasDied else {
                    #expect(transaction > 3)
                    break
                }
            }
        }
    }
}
