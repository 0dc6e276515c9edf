import Identity
import Logging
import Synchronization
import TaskFlow
import TestKit
import Testing

/// Conductors of the places `x` and `y`, a store and a board in memory.
struct PlacedJobTests {
    let store = MemoryStore()
    let board = MemoryJobBoard()
    let trace = Trace()
    let events = Trace()

    func travel(_ doing: @escaping @Sendable () async throws -> Void = {}) throws -> Flow<Nothing> {
        try Flow("travel") {
            visit("a", at: "x", in: trace)
            visit("b", at: "y", in: trace)
            visit("c", at: "x", in: trace, doing)
        }
    }

    /// Runs a conductor of `host` for as many jobs.
    func conduct(_ flow: Flow<Nothing>, on host: String, _ jobs: Int) async throws {
        let conductor = Conductor(
            named: host,
            board: board,
            flows: FlowRegistry(flow),
            store: store,
            options: ConductorOptions(
                waitTimeout: .milliseconds(5),
                engine: EngineOptions(places: .only([Place(host)]))
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        conductor.notifier.register([.jobHandedOver, .jobConsumed, .jobAbandoned, .jobTrashed, .jobLost]) { change in
            events.note("\(change.kind.rawValue) by \(host)")
        }
        try await Here.$host.withValue(host) { _ = try await conductor.run(maxDispatches: jobs) }
    }

    @Test func `a job goes from place to place, and its poster waits for its end as ever`() async throws {
        let flow = try travel()
        let job = try Job("one", running: flow, request: Nothing(), at: Place("x"), by: "poster")
        try await board.post(job)
        async let result = board.result(of: job, in: store, atMost: .seconds(600))
        async let onX: Void = conduct(flow, on: "x", 2)
        async let onY: Void = conduct(flow, on: "y", 1)
        _ = try await (onX, onY)
        #expect(try await result?.state == .success)
        #expect(trace.lines == ["a on x", "b on y", "c on x"])
        #expect(try await board.jobs().isEmpty)
        #expect(events.lines == ["job_handed_over by x", "job_handed_over by y", "job_consumed by x"])
    }

    @Test func `a conductor claims the jobs of its places and those without one`() async throws {
        for (name, place) in [("1", "y"), ("2", nil), ("3", "x"), ("4", "z")] {
            let details = JobDetails(flow: "f", request: "{}", place: place.map { Place($0) })
            try await board.post(Job(name, details: details, by: "poster"))
        }
        func names(_ places: Places, _ limit: Int? = nil) async throws -> [String] {
            try await board.jobs(.claimable(at: places), limit: limit).map(\.job.name)
        }
        #expect(try await names(.only([Place("x"), Place("y")])) == ["1", "2", "3"])
        #expect(try await names(.only([Place("x")]), 1) == ["2"])
        #expect(try await names(.only([])) == ["2"])
        #expect(try await names(.all) == ["1", "2", "3", "4"])
    }

    @Test func `a run without a job gets one where it goes, and never a second`() async throws {
        let flow = try travel()
        let handOver = HandOverBoard(board, by: "starter")
        let options = EngineOptions(places: .only([Place("x")]), handOver: handOver)
        let engine = try Engine(flow, request: Nothing(), subject: "data", in: store, options: options)
        try await engine.advance()
        let posted = try #require(try await board.jobs().first).job
        #expect(posted.id == .carrying(engine.id))
        #expect(posted.details.place == Place("y"))
        #expect(posted.name == "data")
        #expect(posted.postedBy == "starter")
        // Another engine takes the run from the job, and gives it back.
        try await Engine(resuming: engine.id, with: flow.recipe, in: store, options: options).advance()
        #expect(try await board.jobs().map(\.job) == [posted])
        try await conduct(flow, on: "y", 1)
        #expect(try await board.jobs().map(\.job.details.place) == [Place("x")])
        try await conduct(flow, on: "x", 1)
        #expect(try await store.load(engine.id)?.detail.state == .success)
        #expect(try await board.jobs().isEmpty)
    }

    @Test func `a job is done with when its run was finished without it, even in failure`() async throws {
        let isBroken = Mutex(true)
        let flow = try Flow("stuck") {
            visit("a", at: "x", in: trace)
            Step(
                External<Nothing, Nothing> { _ in
                    throw Woot()
                } undoing: { _, _ in
                    trace.note("try to revert")
                    if isBroken.withLock({ $0 }) { throw Woot() }
                },
                named: "b"
            )
        }
        let options = EngineOptions(places: .only([Place("y")]), handOver: HandOverBoard(board, by: "starter"))
        let engine = try Engine(flow, request: Nothing(), in: store, options: options)
        try await engine.advance()
        #expect(try await Engine(resuming: engine.id, with: flow.recipe, in: store).advance() == .failure)
        try await conduct(flow, on: "x", 1)
        #expect(try await board.jobs().isEmpty)
        #expect(trace.count(of: "try to revert") == 1)
    }

    @Test func `a job whose run waits for another place follows it, and leaves the run alone`() async throws {
        let flow = try travel()
        let engine = try Engine(
            flow,
            request: Nothing(),
            in: store,
            options: EngineOptions(places: .only([Place("x")]))
        )
        try await engine.advance()
        let job = try Job("one", running: flow, request: Nothing(), as: engine.id, by: "poster")
        try await board.post(job)
        try await conduct(flow, on: "x", 1)
        #expect(try await store.load(engine.id)?.detail.epoch == 1)
        #expect(try await board.find(job.id)?.job.details.place == Place("y"))
        #expect(events.lines == ["job_handed_over by x"])
    }

    @Test func `a hand-over that is not committed moves no job`() async throws {
        let job = Job("one", details: JobDetails(flow: "f", request: "{}"), by: "poster")
        try await board.post(job)
        let lease = try await board.claim(job.id, by: "a", for: .seconds(600))
        await #expect(throws: Woot.self) {
            try await store.transact { [board] transaction in
                try board.move(lease, to: Place("y"), in: transaction)
                try board.repost(Job("two", details: job.details, by: "poster"), in: transaction)
                throw Woot()
            }
        }
        #expect(try await board.jobs().map(\.job) == [job])
        try await board.renew(lease, for: .seconds(1))
    }

    @Test func `a board of another store is refused`() throws {
        let flow = try travel()
        let options = EngineOptions(places: .only([]), handOver: HandOverBoard(board, by: "starter"))
        #expect(throws: UnfitBoard.self) {
            try Engine(flow, request: Nothing(), in: LedgerStore(), options: options)
        }
    }
}
