import Foundation
import Identity
import Synchronization
import TaskFlow
import TestKit
import Testing

struct LeaseTests {
    /// A flow whose first execution of its first step waits at a gate.
    struct Slow {
        let trace = Trace()
        let entered = Gate()
        let mayEnd = Gate()

        func flow() throws -> Flow<Nothing> {
            try Flow("slow") {
                Step(
                    External { [self] (_: Nothing) in
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
        }
    }

    @Test func `who has slept through its lease stores nothing any more, and the next one has done the job`()
        async throws
    {
        let slow = Slow()
        let shop = Workshop(try slow.flow())
        let job = try await shop.post("one", JobDetails(flow: "slow", request: "{}"))
        // Its keeper is far from renewing the lease when the board's time has passed.
        let sleeper = Task { try await shop.conductor("sleeper", lease: .seconds(36_000)).run(maxDispatches: 1) }
        await slow.entered.wait()
        #expect(try await shop.board.owner(of: job.id) == "sleeper")
        shop.clock.advance(36_001)

        try await shop.conductor("waker").run(maxDispatches: 1)
        let after = try #require(try await shop.store.load(job.details.run))
        #expect(after.detail.state == .success)
        #expect(after.detail.epoch == 2)
        #expect(after.detail.lease?.number == 2)
        #expect(try await shop.board.jobs().isEmpty)

        slow.mayEnd.open()
        _ = try await sleeper.value
        let last = try #require(try await shop.store.load(job.details.run))
        #expect(last.detail == after.detail)
        #expect(last.journal == after.journal)
        #expect(shop.store.lines == ["book"])
        #expect(slow.trace.lines == ["create", "create"])
        let reason = try #require(shop.lines("one").last)
        #expect(reason.hasPrefix("job_lost: lease 1 of job \(job.id) is lost"))
    }

    @Test func `a lease is renewed while the job is worked on`() async throws {
        let shop = Workshop()
        let job = try await shop.post("one", JobDetails(flow: "any", request: "{}"))
        let keeper = try await LeaseKeeper(claiming: job.id, by: "a", on: shop.board, for: .milliseconds(30))
        let first = try #require(try await shop.board.find(job.id)).changedAt
        try await keeper.keeping {
            shop.clock.advance(1000)
            try await eventually { try await shop.board.find(job.id)?.changedAt != first }
        }
        #expect(try await shop.board.owner(of: job.id) == "a")
        #expect(!keeper.isLost)
    }

    @Test func `what is done under a lease is cancelled when that is lost`() async throws {
        let shop = Workshop()
        let job = try await shop.post("one", JobDetails(flow: "any", request: "{}"))
        let keeper = try await LeaseKeeper(claiming: job.id, by: "a", on: shop.board, for: .milliseconds(30))
        shop.clock.advance(1000)
        _ = try await shop.board.claim(job.id, by: "b", for: .seconds(1000))
        await #expect(throws: LeaseLost(keeper.lease)) {
            try await keeper.keeping { try await Task.sleep(for: .seconds(3600)) }
        }
        #expect(keeper.isLost)
        await #expect(throws: LeaseLost(keeper.lease)) { try await keeper.confirm() }
    }

    @Test func `a leased store asks the board before it stores anything when the lease should have run out`()
        async throws
    {
        let shop = Workshop()
        let job = try await shop.post("one", JobDetails(flow: "any", request: "{}"))
        let keeper = try await LeaseKeeper(claiming: job.id, by: "a", on: shop.board, for: .zero)
        let store = LeasedStore(shop.store, keeper)
        try await store.transact { $0.write("first") }
        _ = try await shop.board.claim(job.id, by: "b", for: .seconds(1000))
        await #expect(throws: LeaseLost(keeper.lease)) { try await store.transact { $0.write("second") } }
        await #expect(throws: LeaseLost(keeper.lease)) { try await store.claim(.random()) }
        #expect(shop.store.lines == ["first"])
    }

    @Test func `a run started in a leased store is held for the job`() async throws {
        let shop = Workshop()
        let job = try await shop.post("one", JobDetails(flow: "any", request: "{}"))
        let keeper = try await LeaseKeeper(claiming: job.id, by: "a", on: shop.board, for: .seconds(1000))
        let flow = try Flow("any") { failing("a") }
        let engine = try Engine(flow, request: Nothing(), in: LeasedStore(shop.store, keeper))
        try await engine.advance()
        #expect(try await shop.store.load(engine.id)?.detail.lease == keeper.lease)
    }

    @Test func `a claim-checking listener tells of the loss once, at the next change`() async throws {
        let shop = Workshop()
        let job = try await shop.post("one", JobDetails(flow: "any", request: "{}"))
        let keeper = try await LeaseKeeper(claiming: job.id, by: "a", on: shop.board, for: .zero)
        let trace = Trace()
        let listener = ClaimCheckingListener(keeper) { trace.note("lost \($0.number)") }
        let flow = try Flow("any") {
            noting("before", in: trace)
            Step(
                External { (_: Nothing) in
                    _ = try await shop.board.claim(job.id, by: "b", for: .seconds(1000))
                    try? await keeper.confirm()
                    return Nothing()
                },
                named: "lose"
            )
            noting("after", in: trace)
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.listening(with: listener) { try await engine.run() }
        #expect(trace.lines == ["before", "lost 1", "after"])
    }
}
