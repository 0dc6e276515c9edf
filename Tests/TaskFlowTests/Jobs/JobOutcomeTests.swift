import Identity
import Synchronization
import TaskFlow
import Testing

/// What comes of a job, and what is known of its flow afterwards.
struct JobOutcomeTests {
    @Test func `a job's flow is run, and the job consumed`() async throws {
        let trace = Trace()
        let flow = try Flow("measure", taking: Host.self) {
            reading("read", in: trace)
            Step(Pure { (input: Host) in Size(size: input.host.count) }, named: "count")
        }
        let shop = Workshop(flow)
        let job = try await shop.post("one", running: flow, Host(host: "node"))
        #expect(try await shop.conductor().run(maxDispatches: 1) == 1)
        #expect(
            shop.lines("one") == [
                "job_claimed", "compilation_start", "compilation_end", "preparation_start", "preparation_end",
                "running_start", "running_end: SUCCESS", "job_consumed: SUCCESS",
            ]
        )
        #expect(trace.lines == ["read read node"])
        #expect(try await shop.board.jobs().isEmpty)
        let result = try #require(try await shop.board.result(of: job, in: shop.store, atMost: .seconds(600)))
        #expect(result.state == .success)
        #expect(result.failures.isEmpty)
        #expect(try result.output(of: "count", as: Size.self)?.size == 4)
        #expect(try result.output(of: "nobody", as: Size.self) == nil)
        #expect(result.detail.id == job.details.run)
        #expect(result.detail.subject == "one")
        #expect(result.detail.lease == Lease(job: job.id, number: 1))
    }

    @Test func `a job whose flow is reverted is consumed, and the failure kept`() async throws {
        let trace = Trace()
        let flow = try Flow("fail") {
            noting("a", in: trace)
            failing("b")
        }
        let shop = Workshop(flow)
        let job = try await shop.post("one", running: flow, Nothing())
        try await shop.conductor().run(maxDispatches: 1)
        #expect(shop.lines("one").suffix(2) == ["running_end: REVERTED", "job_consumed: REVERTED"])
        #expect(trace.lines == ["a", "undo a"])
        let result = try #require(try await shop.board.result(of: job, in: shop.store, atMost: .seconds(600)))
        #expect(result.state == .reverted)
        #expect(result.failures.map(\.atom) == ["b"])
        #expect(result.failures.first?.error(as: Woot.self) == Woot())
        #expect(try result.output(of: "a", as: Nothing.self) == nil)
    }

    @Test func `a job whose revert fails is consumed, and what is left behind is known`() async throws {
        let flow = try Flow("stuck") {
            Step(
                External { (_: Nothing) in
                    Nothing()
                } undoing: { _, _ in
                    throw Woot(message: "stuck")
                },
                named: "a"
            )
            failing("b")
        }
        let shop = Workshop(flow)
        let job = try await shop.post("one", running: flow, Nothing())
        try await shop.conductor().run(maxDispatches: 1)
        #expect(shop.lines("one").last == "job_consumed: FAILURE")
        let result = try #require(try await shop.store.result(of: job.details.run))
        #expect(result.failures.map(\.atom) == ["b"])
        #expect(result.revertFailures.map(\.atom) == ["a"])
    }

    @Test func `a job for a flow that failed to revert tries that once more`() async throws {
        let isBroken = Mutex(true)
        let flow = try Flow("stuck") {
            Step(
                External { (_: Nothing) in
                    Nothing()
                } undoing: { _, _ in
                    if isBroken.withLock({ $0 }) { throw Woot(message: "stuck") }
                },
                named: "a"
            )
            failing("b")
        }
        let shop = Workshop(flow)
        let first = try await shop.post("first", running: flow, Nothing())
        try await shop.conductor().run(maxDispatches: 1)
        isBroken.withLock { $0 = false }
        try await shop.post("second", first.details)
        try await shop.conductor().run(maxDispatches: 1)
        #expect(shop.lines("first").last == "job_consumed: FAILURE")
        #expect(shop.lines("second").last == "job_consumed: REVERTED")
    }

    @Test func `a job for a flow that nobody knows is trashed, with what is known`() async throws {
        let shop = Workshop(try Flow("known", version: 2) {})
        let job = try await shop.post("one", JobDetails(flow: "known", version: 1, request: "{}"))
        try await shop.conductor().run(maxDispatches: 1)
        let reason = "there is no flow 'known' version 1; the registered flows are: 'known' version 2"
        #expect(shop.lines("one") == ["job_claimed", "compilation_start", "job_trashed: \(reason)"])
        #expect(try await shop.board.trashed() == [TrashedJob(job, because: reason)])
        await #expect(throws: TrashedJob(job, because: reason)) {
            try await shop.board.result(of: job, in: shop.store, atMost: .seconds(600))
        }
    }

    @Test func `a conductor that leaves unknown flows abandons their jobs, which one that knows them does`()
        async throws
    {
        let old = try Flow("known") {}
        let new = try Flow("known", version: 2) {}
        let shop = Workshop(old)
        let job = try await shop.post("one", JobDetails(flow: "known", version: 2, request: "{}"))
        // A run of this recipe, whose job says otherwise.
        try await shop.post("two", JobDetails(flow: "known", request: "{}", run: job.details.run))
        var options = ConductorOptions(waitTimeout: .milliseconds(5))
        options.leavesUnknownFlows = true
        func conduct(_ flow: Flow<Nothing>, _ jobs: Int) async throws {
            let conductor = Conductor(
                named: "patient",
                board: shop.board,
                flows: FlowRegistry(flow),
                store: shop.store,
                options: options
            )
            try await conductor.run(maxDispatches: jobs)
        }
        _ = try await Engine(new, request: Nothing(), id: job.details.run, in: shop.store).advance()
        try await conduct(old, 2)
        #expect(try await shop.board.trashed().isEmpty)
        #expect(try await shop.board.jobs().count == 2)
        try await conduct(new, 1)
        #expect(try await shop.board.jobs().map(\.job.name) == ["two"])
    }

    @Test func `a job for an older version of a flow is done by the version that has an upgrade from that`()
        async throws
    {
        let trace = Trace()
        let old = try Flow("read", taking: Host.self) { reading("read", in: trace) }
        let upgrade = Upgrade(from: 1) { $0.rename("read", to: "look") }
        let new = try Flow("read", version: 2, taking: Host.self, upgrades: [upgrade]) { reading("look", in: trace) }
        let shop = Workshop(new)
        try await shop.post("one", running: old, Host(host: "node"))
        try await shop.conductor().run(maxDispatches: 1)
        #expect(shop.lines("one").last == "job_consumed: SUCCESS")
        #expect(trace.lines == ["look read node"])
    }

    @Test(arguments: ["{}", #"{"host":1}"#, "no JSON"])
    func `a job whose request is not what the flow takes is trashed`(request: String) async throws {
        let shop = Workshop(try Flow("read", taking: Host.self) { reading("read", in: Trace()) })
        try await shop.post("one", JobDetails(flow: "read", request: request))
        try await shop.conductor().run(maxDispatches: 1)
        #expect(shop.lines("one").dropLast().last == "preparation_start")
        #expect(try await shop.board.trashed().count == 1)
        #expect(try await shop.board.jobs().isEmpty)
    }

    @Test func `a job whose run was made by another recipe is trashed`() async throws {
        let shop = Workshop(try Flow("one") {}, try Flow("other") {})
        let job = try await shop.post("first", JobDetails(flow: "one", request: "{}"))
        try await shop.conductor().run(maxDispatches: 1)
        try await shop.post("second", JobDetails(flow: "other", request: "{}", run: job.details.run))
        try await shop.conductor().run(maxDispatches: 1)
        let reason = try #require(try await shop.board.trashed().first?.reason)
        #expect(reason.hasPrefix("flow \(job.details.run) was started with 'one' version 1"))
    }

    @Test func `a job whose run somebody else carries on is left to him, and consumed after it`() async throws {
        let (entered, mayEnd) = (Gate(), Gate())
        let flow = try Flow("slow") {
            Step(
                External { (_: Nothing) in
                    entered.open()
                    await mayEnd.wait()
                    return Nothing()
                },
                named: "a"
            )
        }
        let shop = Workshop(flow)
        let engine = try Engine(flow, request: Nothing(), in: shop.store)
        let running = Task { try await engine.run() }
        await entered.wait()
        try await shop.post("one", JobDetails(flow: "slow", request: "{}", run: engine.id))
        try await shop.conductor().run(maxDispatches: 1)
        let reason = "flow \(engine.id) is being run by this process"
        #expect(shop.lines("one").last == "job_abandoned: \(reason)")
        mayEnd.open()
        try await running.value
        try await shop.conductor().run(maxDispatches: 1)
        #expect(shop.lines("one").last == "job_consumed: SUCCESS")
    }

    @Test func `the store's failure leaves the job to whoever comes next`() async throws {
        let trace = Trace()
        let flow = try Flow("noted") { noting("a", in: trace) }
        let shop = Workshop(flow)
        try await shop.post("one", running: flow, Nothing())
        let frail = LedgerStore(faults: [.init(transaction: 2, moment: .instead)])
        try await shop.conductor("first", shop.board, frail).run(maxDispatches: 1)
        #expect(shop.lines("one").last == "job_abandoned: StoreDown()")
        try await shop.conductor("second", shop.board, frail).run(maxDispatches: 1)
        #expect(shop.lines("one").last == "job_consumed: SUCCESS")
        #expect(trace.lines == ["a", "a"])
    }
}
