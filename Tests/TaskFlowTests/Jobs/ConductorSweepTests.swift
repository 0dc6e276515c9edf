import Synchronization
import TaskFlow
import TestKit
import Testing

/// Conductors that die at every call of the board and of the store, one after the other, on one job.
struct ConductorSweepTests {
    /// What is left when all is over.
    struct Leftovers: Equatable {
        var things: Set<String>
        var lines: [String]
        var operations: [String: Int]
        var state: FlowState?
        /// The events with which jobs left the board.
        var ends: [JobEvent]
        var jobs: Int
        var trashed: Int
    }

    /// - Returns: what is left, and whether all of `deaths` were died.
    func sweep(_ course: Course, _ deaths: [Life.End]) async throws -> (left: Leftovers, allDied: Bool) {
        let world = World()
        world.makeRemovalFail(course == .failure)
        let flow = try sweptFlow(course, in: world)
        let shop = Workshop(flow)
        let ends = Mutex<[JobEvent]>([])
        shop.board.notifier.register([.removed, .trashed]) { change in ends.withLock { $0.append(change.kind) } }
        let job = try await shop.post("one", running: flow, Size(size: 3))
        var died = 0
        for (number, death) in (deaths.map(Optional.some) + [nil]).enumerated() {
            let life = Life(until: death)
            let conductor = shop.conductor(
                "conductor \(number)",
                MortalBoard(base: shop.board, life: life),
                MortalStore(base: shop.store, life: life)
            )
            life.onEnd { conductor.stop() }
            if try await !shop.board.jobs().isEmpty { try await conductor.run(maxDispatches: 1) }
            if life.isOver { died += 1 }
            shop.clock.advance(31)
        }
        let left = Leftovers(
            things: world.things,
            lines: shop.store.lines,
            operations: world.operations,
            state: try await shop.store.load(job.details.run)?.detail.state,
            ends: ends.withLock { $0 },
            jobs: try await shop.board.jobs().count,
            trashed: try await shop.board.trashed().count
        )
        return (left, died == deaths.count)
    }

    func undisturbed(_ course: Course) async throws -> Leftovers {
        let left = try await sweep(course, []).left
        #expect(left.ends == [.removed])
        #expect(left.jobs == 0)
        #expect(left.trashed == 0)
        #expect(left.state?.isFinished == true)
        return left
    }

    @Test(arguments: Course.allCases, LedgerStore.Moment.allCases)
    func `a conductor that dies at any call leaves a job that ends once`(
        course: Course,
        moment: LedgerStore.Moment
    ) async throws {
        let undisturbed = try await undisturbed(course)
        var call = 1
        while true {
            let (left, hasDied) = try await sweep(course, [Life.End(call: call, moment: moment)])
            #expect(left == undisturbed, "call \(call)")
            guard hasDied else { break }
            call += 1
        }
        // Looking at the board, claiming, loading, three commits at the least, consuming.
        #expect(call > 7)
    }

    @Test(arguments: [Course.success, .failure], LedgerStore.Moment.allCases)
    func `so does one that dies while it goes on where another died`(
        course: Course,
        second: LedgerStore.Moment
    ) async throws {
        let undisturbed = try await undisturbed(course)
        for first in LedgerStore.Moment.allCases {
            var (call, next, longest) = (1, 1, 1)
            while true {
                let deaths = [Life.End(call: call, moment: first), Life.End(call: next, moment: second)]
                let (left, haveDied) = try await sweep(course, deaths)
                #expect(left == undisturbed, "\(first) \(call), \(second) \(next)")
                if haveDied {
                    (next, longest) = (next + 1, max(longest, next + 1))
                } else if next > 1 {
                    (call, next) = (call + 1, 1)
                } else {
                    break
                }
            }
            #expect(call > 7)
            #expect(longest > 7)
        }
    }
}
