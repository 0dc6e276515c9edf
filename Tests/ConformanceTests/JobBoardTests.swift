import Foundation
import Identity
import TaskFlow
import TestKit
import Testing

/// What every job board keeps to.
@Suite(.scratchDirectory)
struct JobBoardTests {
    let clock = WallClock()

    @Test(arguments: BoardKind.allCases)
    func `a job is on the board as it was posted`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let details = JobDetails(flow: "create", version: 3, request: #"{"name":"a 'name' 💾"}"#, subject: "data")
        let job = Job("make it", details: details, priority: .high, by: "api")
        try await board.post(job)
        let posting = try #require(try await board.find(job.id))
        #expect(posting.job == job)
        #expect(posting.state == .unclaimed)
        #expect(posting.owner == nil)
        #expect(posting.expiresIn == nil)
        #expect(posting.leaseNumber == 0)
        #expect(posting.postedAt == clock.now)
        #expect(posting.changedAt == clock.now)
        #expect(try await board.jobs() == [posting])
    }

    @Test(arguments: BoardKind.allCases)
    func `a job that is not there can't be claimed, and is complete`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let id = JobID.random()
        await #expect(throws: JobRefused(id, .unknown)) { try await board.claim(id, by: "a", for: .seconds(1)) }
        #expect(try await board.find(id) == nil)
        #expect(try await board.owner(of: id) == nil)
        #expect(try await board.state(of: id) == .complete)
        #expect(try await board.jobs().isEmpty)
    }

    @Test(arguments: BoardKind.allCases)
    func `two jobs of one id are refused`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("once")
        try await board.post(job)
        await #expect(throws: JobRefused(job.id, .exists)) { try await board.post(job) }
        #expect(try await board.jobs().count == 1)
    }

    @Test(arguments: BoardKind.allCases)
    func `the higher priority comes first, and of one priority the oldest`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let priorities: [JobPriority] = [.low, .normal, .veryHigh, .normal, .veryLow, .high, .veryHigh]
        for (number, priority) in priorities.enumerated() { try await board.post(job("\(number)", priority)) }
        let order = ["2", "6", "5", "1", "3", "0", "4"]
        #expect(try await board.jobs().map(\.job.name) == order)
        #expect(try await board.jobs(.unclaimed, limit: nil).map(\.job.name) == order)
        #expect(try await board.jobs(.unclaimed, limit: 3).map(\.job.name) == Array(order[..<3]))
        let first = try #require(try await board.jobs().first)
        _ = try await board.claim(first.job.id, by: "a", for: .seconds(10))
        #expect(try await board.jobs(.unclaimed, limit: 2).map(\.job.name) == ["6", "5"])
        #expect(try await board.jobs(.all, limit: 2).map(\.job.name) == ["2", "6"])
        clock.advance(11)
        #expect(try await board.jobs(.unclaimed, limit: 2).map(\.job.name) == ["2", "6"])
    }

    @Test(arguments: BoardKind.allCases)
    func `a claimed job has an owner and a time, and is no other's`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        #expect(try await board.claim(job.id, by: "a", for: .seconds(10)) == Lease(job: job.id, number: 1))
        clock.advance(4)
        let posting = try #require(try await board.find(job.id))
        #expect(posting.state == .claimed)
        #expect(posting.owner == "a")
        #expect(posting.expiresIn == .seconds(6))
        #expect(try await board.owner(of: job.id) == "a")
        #expect(try await board.jobs(.unclaimed, limit: nil).isEmpty)
        await #expect(throws: JobRefused(job.id, .claimed(by: "a"))) {
            try await board.claim(job.id, by: "b", for: .seconds(10))
        }
    }

    @Test(arguments: BoardKind.allCases)
    func `who claims a job again keeps the lease and renews it`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let trace = JobTrace(board, [.claimed])
        let job = job("one")
        try await board.post(job)
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(5)
        #expect(try await board.claim(job.id, by: "a", for: .seconds(10)) == lease)
        #expect(try await board.find(job.id)?.expiresIn == .seconds(10))
        #expect(trace.lines == ["CLAIMED one by a"])
    }

    @Test(arguments: BoardKind.allCases)
    func `nobody without a name can claim a job`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        await #expect(throws: JobRefused(job.id, .anonymous)) {
            try await board.claim(job.id, by: "", for: .seconds(1))
        }
    }

    @Test(arguments: BoardKind.allCases)
    func `of many who claim at once one wins`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        let leases = await withTaskGroup { group in
            for number in 1...20 {
                group.addTask { try? await board.claim(job.id, by: "owner \(number)", for: .seconds(10)) }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(leases == [Lease(job: job.id, number: 1)])
    }

    @Test(arguments: BoardKind.allCases)
    func `a lease that has run out lets another claim, with a larger number`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        let first = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(10)
        #expect(try await board.state(of: job.id) == .unclaimed)
        #expect(try await board.owner(of: job.id) == nil)
        let second = try await board.claim(job.id, by: "b", for: .seconds(10))
        #expect(second.number == 2)
        await #expect(throws: LeaseLost(first)) { try await board.renew(first, for: .seconds(10)) }
        await #expect(throws: LeaseLost(first)) { try await board.abandon(first) }
        await #expect(throws: LeaseLost(first)) { try await board.consume(first) }
        await #expect(throws: LeaseLost(first)) { try await board.trash(first, because: "of spite") }
        #expect(try await board.owner(of: job.id) == "b")
        try await board.consume(second)
        #expect(try await board.jobs().isEmpty)
    }

    @Test(arguments: BoardKind.allCases)
    func `a lease that has run out is still good if nobody else has claimed`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(100)
        try await board.renew(lease, for: .seconds(10))
        #expect(try await board.owner(of: job.id) == "a")
        clock.advance(100)
        try await board.consume(lease)
        #expect(try await board.state(of: job.id) == .complete)
    }

    @Test(arguments: BoardKind.allCases)
    func `a renewed lease lasts from then on`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(9)
        try await board.renew(lease, for: .seconds(10))
        clock.advance(9)
        #expect(try await board.find(job.id)?.expiresIn == .seconds(1))
        await #expect(throws: JobRefused.self) { try await board.claim(job.id, by: "b", for: .seconds(10)) }
    }

    @Test(arguments: BoardKind.allCases)
    func `an abandoned job is another's to claim, and its old lease is over`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        let first = try await board.claim(job.id, by: "a", for: .seconds(10))
        try await board.abandon(first)
        #expect(try await board.state(of: job.id) == .unclaimed)
        await #expect(throws: LeaseLost(first)) { try await board.renew(first, for: .seconds(10)) }
        await #expect(throws: LeaseLost(first)) { try await board.consume(first) }
        #expect(try await board.claim(job.id, by: "a", for: .seconds(10)).number == 2)
    }

    @Test(arguments: BoardKind.allCases)
    func `a consumed job is gone, and can't be consumed again`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        try await board.consume(lease)
        #expect(try await board.find(job.id) == nil)
        #expect(try await board.state(of: job.id) == .complete)
        await #expect(throws: LeaseLost(lease)) { try await board.consume(lease) }
    }

    @Test(arguments: BoardKind.allCases)
    func `a trashed job is off the board, and kept with the reason`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let jobs = [job("one"), job("two"), job("three")]
        for job in jobs { try await board.post(job) }
        for job in [jobs[0], jobs[2]] {
            let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
            try await board.trash(lease, because: "no '\(job.name)'")
            await #expect(throws: LeaseLost(lease)) { try await board.consume(lease) }
        }
        #expect(try await board.jobs().map(\.job) == [jobs[1]])
        #expect(try await board.jobs(.unclaimed, limit: nil).map(\.job) == [jobs[1]])
        #expect(try await board.state(of: jobs[0].id) == .complete)
        let trashed = try await board.trashed()
        #expect(trashed == [TrashedJob(jobs[0], because: "no 'one'"), TrashedJob(jobs[2], because: "no 'three'")])
        await #expect(throws: JobRefused(jobs[0].id, .exists)) { try await board.post(jobs[0]) }
        await #expect(throws: JobRefused(jobs[0].id, .unknown)) {
            try await board.claim(jobs[0].id, by: "a", for: .seconds(1))
        }
        let error = await #expect(throws: TrashedJob.self) {
            try await board.waitForEnd(of: jobs[0].id, atMost: .seconds(600))
        }
        #expect(error?.description == "job 'one' can't be done: no 'one'")
    }

    @Test(arguments: BoardKind.allCases)
    func `what happens to jobs is told, with who did it`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let (all, ends) = (JobTrace(board), JobTrace(board, [.removed, .trashed]))
        let jobs = [job("one"), job("two")]
        for job in jobs { try await board.post(job) }
        try await board.abandon(try await board.claim(jobs[0].id, by: "a", for: .seconds(10)))
        try await board.consume(try await board.claim(jobs[0].id, by: "b", for: .seconds(10)))
        try await board.trash(try await board.claim(jobs[1].id, by: "c", for: .seconds(10)), because: "it is bad")
        #expect(
            all.lines == [
                "POSTED one by poster", "POSTED two by poster", "CLAIMED one by a", "ABANDONED one by a",
                "CLAIMED one by b", "REMOVED one by b", "CLAIMED two by c", "TRASHED two by c",
            ]
        )
        #expect(ends.lines == ["REMOVED one by b", "TRASHED two by c"])
    }
}
