import Identity
import Logging
import Synchronization
import TaskFlow
import TestKit
import Testing

/// Conductors of two places that die at every call of the board and of the store, one after the other.
struct PlaceSweepTests {
    struct Leftovers: Equatable {
        /// The steps where they took effect, without repetitions.
        var lines: [String]
        var state: FlowState?
        var jobs: Int
    }

    enum Ending: CaseIterable {
        case success
        case reverted
    }

    /// Lets the conductors of two hosts take turns until the job has ended. The first of them dies at `death`, the
    /// others don't.
    ///
    /// - Returns: what is left, and whether it died.
    func sweep(_ ending: Ending, _ death: Life.End?) async throws -> (Leftovers, hasDied: Bool) {
        let (store, clock, trace) = (MemoryStore(), WallClock(), Trace())
        let board = MemoryJobBoard { clock.now }
        let flow = try Flow("travel") {
            visit("a", at: "x", in: trace)
            visit("b", at: "y", in: trace)
            visit("c", in: trace)
            visit("d", at: "x", in: trace) { if ending == .reverted { throw Woot() } }
        }
        let job = try Job("one", running: flow, request: Nothing(), by: "poster")
        try await board.post(job)
        let first = Life(until: death)
        var turn = 0
        while try await !board.jobs().isEmpty {
            let (host, number) = (turn % 2 == 0 ? "x" : "y", turn)
            // All turns belong to the life that ends, until it has.
            let life = first.isOver ? Life(until: nil) : first
            let places = Places.only([Place(host)])
            let conductor = Conductor(
                named: "\(host) \(number)",
                board: MortalBoard(base: board, life: life),
                flows: FlowRegistry(flow),
                store: MortalStore(base: store, life: life),
                options: ConductorOptions(waitTimeout: .milliseconds(1), engine: EngineOptions(places: places)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            life.onEnd { conductor.stop() }
            if try await !board.jobs(.claimable(at: places), limit: nil).isEmpty {
                try await Here.$host.withValue(host) { _ = try await conductor.run(maxDispatches: 1) }
            }
            if life.isOver, let epoch = try await store.load(job.details.run)?.detail.epoch {
                store.release(Claim(flow: job.details.run, epoch: epoch))
            }
            clock.advance(31)
            turn += 1
            try #require(turn < 100)
        }
        var lines: [String] = []
        for line in trace.lines.map({ $0.replacing(" again", with: "").replacing("half of ", with: "") })
        where !lines.contains(line) { lines.append(line) }
        let left = Leftovers(
            lines: lines,
            state: try await store.load(job.details.run)?.detail.state,
            jobs: try await board.jobs().count
        )
        return (left, first.isOver)
    }

    @Test(arguments: Ending.allCases, LedgerStore.Moment.allCases)
    func `wherever a conductor dies, every step runs at its place, and the run ends`(
        ending: Ending,
        moment: LedgerStore.Moment
    ) async throws {
        let undisturbed = try await sweep(ending, nil).0
        let done = ["a on x", "b on y", "c on y", "d on x"]
        let undone = ["undo d on x", "undo c on x", "undo b on y", "undo a on x"]
        #expect(undisturbed.lines == done + (ending == .success ? [] : undone))
        #expect(undisturbed.state == (ending == .success ? .success : .reverted))
        var call = 1
        while true {
            let (left, hasDied) = try await sweep(ending, Life.End(call: call, moment: moment))
            #expect(left.state == undisturbed.state, "call \(call)")
            // A step without a place may run on either host.
            let elsewhere = left.lines.filter { !$0.contains("c on") }
            #expect(elsewhere == undisturbed.lines.filter { !$0.contains("c on") }, "call \(call)")
            guard hasDied else { break }
            call += 1
        }
        #expect(call > 15)
    }
}
