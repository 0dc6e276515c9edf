internal import Identity
internal import RuleKit
internal import TaskFlow

/// Rules about runs and jobs that wait for a place.
let placeRules: [Rule] = [
    Rule("run-handed-over", "a run that is handed over is free at once, and waits for its place until it goes on") {
        bench in
        let (x, store) = (Place("x 💾"), try await bench.storeWithRun())
        try await bench.failure(Woot.self, of: "a transaction that fails") {
            try await store.handOver(to: x, with: bench.first, throwing: Woot())
        }
        try bench.expect(try await store.load(bench.id)?.detail.state, is: .running, "the state")
        try bench.expect(try await store.load(bench.id)?.detail.place, is: nil, "the place")
        try await store.handOver(to: x, with: bench.first)
        try bench.expect(try await store.load(bench.id)?.detail.state, is: .suspended, "the state")
        try bench.expect(try await store.load(bench.id)?.detail.place, is: x, "the place")
        try bench.expect(try await store.abandoned().map(\.id), is: [], "abandoned runs")
        // The former holder has not released its claim.
        let other = try await bench.anotherStore(store)
        let second = try await other.claim(bench.id)
        try bench.expect(second.epoch, is: 2, "the epoch")
        try bench.expect(try await store.load(bench.id)?.detail.place, is: x, "the place")
        store.release(bench.first)
        try await bench.failure(ClaimRefused.self, of: "a third claim") { try await store.claim(bench.id) }
        // Keeps the second holder alive until here.
        try await other.write([], .running, with: second)
        try bench.expect(try await store.load(bench.id)?.detail.place, is: nil, "the place")
    },
    Rule("job-placed", "a conductor finds the jobs of its places and those without one") { bench in
        let (board, clock) = try await bench.board()
        for (name, place) in [("1", "y"), ("2", nil), ("3", "x"), ("4", "z")] {
            let details = JobDetails(flow: "flow", request: "{}", place: place.map { Place($0) })
            try await board.post(Job(name, details: details, priority: name == "3" ? .high : .normal, by: "poster"))
        }
        func names(_ places: Places, _ limit: Int? = nil) async throws -> [String] {
            try await board.jobs(.claimable(at: places), limit: limit).map(\.job.name)
        }
        let both = Places.only([Place("x"), Place("y")])
        try bench.expect(try await names(both), is: ["3", "1", "2"], "jobs of x and y")
        try bench.expect(try await names(both, 2), is: ["3", "1"], "two of them")
        try bench.expect(try await names(.only([])), is: ["2"], "jobs without a place")
        try bench.expect(try await names(.all), is: ["3", "1", "2", "4"], "all jobs")
        let first = try bench.require(try await board.jobs().first, "the first job").job
        try bench.expect(first.details.place, is: Place("x"), "its place")
        _ = try await board.claim(first.id, by: "a", for: .seconds(10))
        try bench.expect(try await names(both), is: ["1", "2"], "jobs that are left")
        clock.advance(11)
        try bench.expect(try await names(.only([Place("x")])), is: ["3", "2"], "jobs of x after the lease has expired")
        try bench.expect(try await names(.only([Place("y")])), is: ["1", "2"], "jobs of y after that")
    },
    Rule("job-moved", "a job that is moved keeps its id, and goes to a new lease at its new place") { bench in
        let (store, (board, _)) = (try await bench.store(), try await bench.board())
        let job = Job("one", details: JobDetails(flow: "flow", request: "{}"), by: "poster")
        try await board.post(job)
        let first = try await board.claim(job.id, by: "a", for: .seconds(10))
        try await bench.failure(Woot.self, of: "a transaction that fails") {
            try await bench.on(board, in: store, throwing: Woot()) { try $0.move(first, to: Place("y"), in: $1) }
        }
        try await board.renew(first, for: .seconds(10))
        try await bench.on(board, in: store) { try $0.move(first, to: Place("y"), in: $1) }
        let posting = try bench.require(try await board.find(job.id), "the job")
        try bench.expect(posting.state, is: .unclaimed, "its state")
        try bench.expect(posting.job.details.place, is: Place("y"), "its place")
        try await bench.expect(LeaseLost(first), from: "to consume it") { try await board.consume(first) }
        try await bench.expect(LeaseLost(first), from: "to move it again") {
            try await bench.on(board, in: store) { try $0.move(first, to: Place("z"), in: $1) }
        }
        let second = try await board.claim(job.id, by: "a", for: .seconds(10))
        try bench.expect(second.number, is: 2, "the next lease")
    },
    Rule(
        "job-reposted",
        "a job that is posted again for its run moves the one on the board, or replaces that in the trash"
    ) { bench in
        let (store, (board, _)) = (try await bench.store(), try await bench.board())
        let (id, run) = (JobID.random(), FlowID.random())
        func job(_ place: String) -> Job {
            let details = JobDetails(flow: "flow", request: "{}", run: run, place: Place(place))
            return Job("one", details: details, id: id, by: "poster")
        }
        func repost(_ job: Job) async throws { try await bench.on(board, in: store) { try $0.repost(job, in: $1) } }
        try await repost(job("x"))
        try bench.expect(try await board.jobs().count, is: 1, "jobs")
        let first = try await board.claim(id, by: "a", for: .seconds(10))
        try await repost(job("y"))
        try bench.expect(try await board.jobs().map(\.job.details.place), is: [Place("y")], "their places")
        try await bench.expect(LeaseLost(first), from: "to consume it") { try await board.consume(first) }
        try await board.trash(try await board.claim(id, by: "a", for: .seconds(10)), because: "it is bad")
        try await repost(job("z"))
        try bench.expect(try await board.jobs().map(\.job.details.place), is: [Place("z")], "their places")
        try bench.expect(try await board.trashed(), is: [], "trashed jobs")
        let details = JobDetails(flow: "flow", request: "{}", run: run, place: Place("x"))
        try await repost(Job("two", details: details, by: "another"))
        try bench.expect(try await board.jobs().map(\.job.id), is: [id], "the jobs")
        try bench.expect(try await board.jobs().map(\.job.details.place), is: [Place("x")], "their places")
    },
]

extension FlowStore {
    fileprivate func handOver(to place: Place, with claim: Claim, throwing error: (any Error)? = nil) async throws {
        try await transact { transaction in
            try transaction.hold(claim)
            try transaction.handOver(claim.flow, to: place)
            if let error { throw error }
        }
    }
}

extension Bench {
    /// The store as another process sees it, or the same if it is its process's own.
    fileprivate func anotherStore(_ store: any FlowStore) async throws -> any FlowStore {
        subject.isShared ? try await self.store() : store
    }

    /// Runs `body` on the board in a transaction of the store, and then throws `error` if there is one.
    fileprivate func on(
        _ board: any JobBoard,
        in store: any FlowStore,
        throwing error: (any Error)? = nil,
        _ body: @escaping @Sendable (AnyTransactionalBoard, Any) throws -> Void
    ) async throws {
        guard let board = board as? any TransactionalJobBoard else { throw Skip("its board has no transactions") }
        let erased = AnyTransactionalBoard(board)
        try await store.transact { transaction in
            try body(erased, transaction)
            if let error { throw error }
        }
    }
}

/// A board whose transactions are of any type.
private struct AnyTransactionalBoard: Sendable {
    private let moving: @Sendable (Lease, Place, Any) throws -> Void
    private let reposting: @Sendable (Job, Any) throws -> Void

    init(_ board: some TransactionalJobBoard) {
        moving = { try board.move($0, to: $1, in: Self.cast($2)) }
        reposting = { try board.repost($0, in: Self.cast($1)) }
    }

    func move(_ lease: Lease, to place: Place, in transaction: Any) throws { try moving(lease, place, transaction) }

    func repost(_ job: Job, in transaction: Any) throws { try reposting(job, transaction) }

    private static func cast<Transaction>(_ transaction: Any) throws -> Transaction {
        guard let fitting = transaction as? Transaction else { throw Skip("its board is not in the store") }
        return fitting
    }
}
