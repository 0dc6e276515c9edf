internal import FoundationEssentials
internal import Identity
internal import RuleKit
internal import Synchronization
internal import TaskFlow

/// Rules about job boards.
let boardRules: [Rule] = [
    Rule("job-exact", "a job is on the board as it was posted") { bench in
        let (board, clock) = try await bench.board()
        let details = JobDetails(flow: "create", version: 3, request: #"{"name":"a 'name' 💾"}"#, subject: "data")
        let job = Job("make it", details: details, priority: .high, by: "api")
        try await board.post(job)
        let posting = try bench.require(try await board.find(job.id), "the job")
        try bench.expect(posting.job, is: job, "the job")
        try bench.expect(posting.state, is: .unclaimed, "its state")
        try bench.expect(posting.owner, is: nil, "its owner")
        try bench.expect(posting.leaseNumber, is: 0, "its lease")
        try bench.expect([posting.postedAt, posting.changedAt], is: [clock.now, clock.now], "its times")
        try bench.expect(try await board.jobs(), is: [posting], "all jobs")
    },
    Rule("job-absent", "a job that is not there can't be claimed, and is complete") { bench in
        let (board, id) = (try await bench.board().board, JobID.random())
        try await bench.expect(JobRefused(id, .unknown), from: "a claim") {
            try await board.claim(id, by: "a", for: .seconds(1))
        }
        try bench.expect(try await board.find(id), is: nil, "the job")
        try bench.expect(try await board.state(of: id), is: .complete, "its state")
    },
    Rule("job-twice", "two jobs of one id are refused") { bench in
        let (board, job) = try await bench.boardWithJob()
        try await bench.expect(JobRefused(job.id, .exists), from: "a second post") { try await board.board.post(job) }
        try bench.expect(try await board.board.jobs().count, is: 1, "jobs")
    },
    Rule("job-order", "the higher priority comes first, and of one priority the oldest") { bench in
        let (board, clock) = try await bench.board()
        let priorities: [JobPriority] = [.low, .normal, .veryHigh, .normal, .veryLow, .high, .veryHigh]
        for (number, priority) in priorities.enumerated() { try await board.post(job("\(number)", priority)) }
        func names(_ selection: JobSelection, _ limit: Int? = nil) async throws -> [String] {
            try await board.jobs(selection, limit: limit).map(\.job.name)
        }
        let order = ["2", "6", "5", "1", "3", "0", "4"]
        try bench.expect(try await names(.all), is: order, "all jobs")
        try bench.expect(try await names(.unclaimed), is: order, "unclaimed jobs")
        try bench.expect(try await names(.unclaimed, 3), is: Array(order[..<3]), "three of them")
        let first = try bench.require(try await board.jobs().first, "the first job")
        _ = try await board.claim(first.job.id, by: "a", for: .seconds(10))
        try bench.expect(try await names(.unclaimed, 2), is: ["6", "5"], "two that are left")
        try bench.expect(try await names(.all, 2), is: ["2", "6"], "the first two")
        clock.advance(11)
        try bench.expect(try await names(.unclaimed, 2), is: ["2", "6"], "two after the lease has expired")
    },
    Rule("job-claimed", "a claimed job has an owner and a lease, and no one else can claim it") { bench in
        let ((board, clock), job) = try await bench.boardWithJob()
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        try bench.expect(lease, is: Lease(job: job.id, number: 1), "the lease")
        clock.advance(4)
        let posting = try bench.require(try await board.find(job.id), "the job")
        try bench.expect(posting.state, is: .claimed, "its state")
        try bench.expect(posting.owner, is: "a", "its owner")
        try bench.expect(posting.expiresIn, is: .seconds(6), "its time")
        try bench.expect(try await board.owner(of: job.id), is: "a", "its owner")
        try bench.expect(try await board.jobs(.unclaimed, limit: nil), is: [], "unclaimed jobs")
        try await bench.expect(JobRefused(job.id, .claimed(by: "a")), from: "another's claim") {
            try await board.claim(job.id, by: "b", for: .seconds(10))
        }
    },
    Rule("job-claimed-again", "an owner that claims its job again keeps the lease and renews it") { bench in
        let ((board, clock), job) = try await bench.boardWithJob()
        let trace = JobTrace(board, [.claimed])
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(5)
        try bench.expect(try await board.claim(job.id, by: "a", for: .seconds(10)), is: lease, "the lease")
        try bench.expect(try await board.find(job.id)?.expiresIn, is: .seconds(10), "its time")
        try bench.expect(trace.lines, is: ["CLAIMED one by a"], "the notifications")
    },
    Rule("job-anonymous", "a job can't be claimed without an owner's name") { bench in
        let ((board, _), job) = try await bench.boardWithJob()
        try await bench.expect(JobRefused(job.id, .anonymous), from: "a claim without a name") {
            try await board.claim(job.id, by: "", for: .seconds(1))
        }
    },
    Rule("job-at-once", "of many concurrent claims of a job one succeeds") { bench in
        let ((board, _), job) = try await bench.boardWithJob()
        let leases = await withTaskGroup { group in
            for number in 1...20 {
                group.addTask { try? await board.claim(job.id, by: "owner \(number)", for: .seconds(10)) }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        try bench.expect(leases, is: [Lease(job: job.id, number: 1)], "the leases")
    },
    Rule("job-expired", "after its lease has expired a job can be claimed, with a larger number") { bench in
        let ((board, clock), job) = try await bench.boardWithJob()
        let first = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(10)
        try bench.expect(try await board.state(of: job.id), is: .unclaimed, "the state")
        try bench.expect(try await board.owner(of: job.id), is: nil, "the owner")
        let second = try await board.claim(job.id, by: "b", for: .seconds(10))
        try bench.expect(second.number, is: 2, "the second lease")
        let lost = LeaseLost(first)
        try await bench.expect(lost, from: "to renew") { try await board.renew(first, for: .seconds(10)) }
        try await bench.expect(lost, from: "to abandon") { try await board.abandon(first) }
        try await bench.expect(lost, from: "to consume") { try await board.consume(first) }
        try await bench.expect(lost, from: "to trash") { try await board.trash(first, because: "of spite") }
        try bench.expect(try await board.owner(of: job.id), is: "b", "the owner")
        try await board.consume(second)
        try bench.expect(try await board.jobs(), is: [], "all jobs")
    },
    Rule("job-expired-unclaimed", "an expired lease is still valid if no one else has claimed the job") { bench in
        let ((board, clock), job) = try await bench.boardWithJob()
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(100)
        try await board.renew(lease, for: .seconds(10))
        try bench.expect(try await board.owner(of: job.id), is: "a", "the owner")
        clock.advance(100)
        try await board.consume(lease)
        try bench.expect(try await board.state(of: job.id), is: .complete, "the state")
    },
    Rule("job-renewed", "a renewed lease lasts from then on") { bench in
        let ((board, clock), job) = try await bench.boardWithJob()
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        clock.advance(9)
        try await board.renew(lease, for: .seconds(10))
        clock.advance(9)
        try bench.expect(try await board.find(job.id)?.expiresIn, is: .seconds(1), "the time that is left")
        try await bench.failure(JobRefused.self, of: "another's claim") {
            try await board.claim(job.id, by: "b", for: .seconds(10))
        }
    },
    Rule("job-abandoned", "an abandoned job can be claimed again, and its old lease is lost") { bench in
        let ((board, _), job) = try await bench.boardWithJob()
        let first = try await board.claim(job.id, by: "a", for: .seconds(10))
        try await board.abandon(first)
        try bench.expect(try await board.state(of: job.id), is: .unclaimed, "the state")
        try await bench.expect(LeaseLost(first), from: "to renew") { try await board.renew(first, for: .seconds(10)) }
        try await bench.expect(LeaseLost(first), from: "to consume") { try await board.consume(first) }
        try bench.expect(try await board.claim(job.id, by: "a", for: .seconds(10)).number, is: 2, "the next lease")
    },
    Rule("job-consumed", "a consumed job is gone, and can't be consumed again") { bench in
        let ((board, _), job) = try await bench.boardWithJob()
        let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
        try await board.consume(lease)
        try bench.expect(try await board.find(job.id), is: nil, "the job")
        try bench.expect(try await board.state(of: job.id), is: .complete, "the state")
        try await bench.expect(LeaseLost(lease), from: "to consume it again") { try await board.consume(lease) }
    },
    Rule("job-trashed", "a trashed job leaves the board, and is kept with the reason") { bench in
        let board = try await bench.board().board
        let jobs = [job("one"), job("two"), job("three")]
        for job in jobs { try await board.post(job) }
        for job in [jobs[0], jobs[2]] {
            let lease = try await board.claim(job.id, by: "a", for: .seconds(10))
            try await board.trash(lease, because: "no '\(job.name)'")
            try await bench.expect(LeaseLost(lease), from: "to consume it") { try await board.consume(lease) }
        }
        try bench.expect(try await board.jobs().map(\.job), is: [jobs[1]], "all jobs")
        try bench.expect(try await board.jobs(.unclaimed, limit: nil).map(\.job), is: [jobs[1]], "unclaimed jobs")
        try bench.expect(try await board.state(of: jobs[0].id), is: .complete, "the state")
        let trashed = [TrashedJob(jobs[0], because: "no 'one'"), TrashedJob(jobs[2], because: "no 'three'")]
        try bench.expect(try await board.trashed(), is: trashed, "trashed jobs")
        try await bench.expect(JobRefused(jobs[0].id, .exists), from: "to post it again") {
            try await board.post(jobs[0])
        }
        try await bench.expect(JobRefused(jobs[0].id, .unknown), from: "a claim") {
            try await board.claim(jobs[0].id, by: "a", for: .seconds(1))
        }
        try await bench.expect(trashed[0], from: "to wait for its end") {
            try await board.waitForEnd(of: jobs[0].id, atMost: .seconds(600))
        }
    },
    Rule("job-told", "a board notifies of every event of a job, with the owner or poster") { bench in
        let board = try await bench.board().board
        let (all, ends) = (JobTrace(board), JobTrace(board, [.removed, .trashed]))
        let jobs = [job("one"), job("two")]
        for job in jobs { try await board.post(job) }
        try await board.abandon(try await board.claim(jobs[0].id, by: "a", for: .seconds(10)))
        try await board.consume(try await board.claim(jobs[0].id, by: "b", for: .seconds(10)))
        try await board.trash(try await board.claim(jobs[1].id, by: "c", for: .seconds(10)), because: "it is bad")
        let told = [
            "POSTED one by poster", "POSTED two by poster", "CLAIMED one by a", "ABANDONED one by a",
            "CLAIMED one by b", "REMOVED one by b", "CLAIMED two by c", "TRASHED two by c",
        ]
        try bench.expect(all.lines, is: told, "the notifications")
        try bench.expect(ends.lines, is: ["REMOVED one by b", "TRASHED two by c"], "the notifications of ends")
    },
]

/// A job for a flow that doesn't exist.
private func job(_ name: String, _ priority: JobPriority = .normal) -> Job {
    Job(name, details: JobDetails(flow: "flow", request: "{}"), priority: priority, by: "poster")
}

/// A clock that is set by hand.
final class BenchClock: Sendable {
    private let time: Mutex<Date>

    init(_ time: Date) { self.time = Mutex(time) }

    var now: Date { time.withLock { $0 } }

    func advance(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

extension Bench {
    func board() async throws -> (board: any JobBoard, clock: BenchClock) {
        guard let open = subject.board else { throw Skip("it has no job board") }
        let clock = BenchClock(time)
        return (try await open(name) { clock.now }, clock)
    }

    fileprivate func boardWithJob() async throws -> (board: (board: any JobBoard, clock: BenchClock), job: Job) {
        let (board, job) = (try await board(), job("one"))
        try await board.board.post(job)
        return (board, job)
    }
}

/// Records a board's notifications, as `EVENT job by owner`.
private final class JobTrace: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }

    init(_ board: any JobBoard, _ events: Set<JobEvent>? = nil) {
        board.notifier.register(events) { change in
            self.recorded.withLock { $0.append("\(change.kind.rawValue) \(change.job.name) by \(change.by)") }
        }
    }
}
