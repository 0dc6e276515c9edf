import Identity
import Synchronization
import TaskFlow
import TestKit
import Testing

struct ConductorTests {
    @Test(arguments: [1, 3])
    func `as many jobs are taken on as was said, and not one more`(simultaneousJobs: Int) async throws {
        let flow = try Flow("nothing") {}
        let shop = Workshop(flow)
        for number in 1...10 { try await shop.post("job \(number)", running: flow, Nothing()) }
        #expect(try await shop.conductor(simultaneousJobs: simultaneousJobs).run(maxDispatches: 4) == 4)
        #expect(try await shop.board.jobs().count == 6)
        #expect(try await shop.conductor().run(maxDispatches: 0) == 0)
        #expect(try await shop.board.jobs().count == 6)
    }

    @Test func `jobs are done in the order of the board`() async throws {
        let trace = Trace()
        let flow = try Flow("read", taking: Host.self) { reading("read", in: trace) }
        let shop = Workshop(flow)
        for (name, priority) in [("c", .normal), ("a", .veryHigh), ("d", .normal), ("b", .high)]
            as [(String, JobPriority)]
        {
            let details = try JobDetails(flow: "read", request: Host(host: name))
            try await shop.post(name, details, priority)
        }
        try await shop.conductor().run(maxDispatches: 4)
        #expect(trace.lines == ["a", "b", "c", "d"].map { "read read \($0)" })
    }

    @Test func `jobs run at the same time, as many as was said`() async throws {
        let counts = Mutex((now: 0, most: 0))
        let mayEnd = Mutex(false)
        let flow = try Flow("meet") {
            Step(
                External { (_: Nothing) in
                    counts.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
                    try await eventually { mayEnd.withLock { $0 } }
                    counts.withLock { $0.now -= 1 }
                    return Nothing()
                },
                named: "meet"
            )
        }
        let shop = Workshop(flow)
        for number in 1...6 { try await shop.post("job \(number)", running: flow, Nothing()) }
        let conductor = shop.conductor(simultaneousJobs: 3)
        async let dispatched = conductor.run(maxDispatches: 6)
        try await eventually { counts.withLock { $0.now } == 3 }
        mayEnd.withLock { $0 = true }
        #expect(try await dispatched == 6)
        #expect(counts.withLock { $0.most } == 3)
        #expect(try await shop.board.jobs().isEmpty)
    }

    @Test func `a conductor that is stopped takes on no more jobs, and leaves its flow to another between two steps`()
        async throws
    {
        let trace = Trace()
        let (entered, mayEnd) = (Gate(), Gate())
        let flow = try Flow("slow") {
            Step(
                External { (_: Nothing) in
                    entered.open()
                    await mayEnd.wait()
                    return Nothing()
                },
                named: "slow"
            )
            noting("after", in: trace)
        }
        let shop = Workshop(flow)
        for number in 1...2 { try await shop.post("job \(number)", running: flow, Nothing()) }
        let conductor = shop.conductor()
        #expect(!conductor.isDispatching)
        await conductor.wait()
        let running = Task { try await conductor.run() }
        await entered.wait()
        #expect(conductor.isDispatching)
        let busy = await #expect(throws: ConductorBusy.self) { try await conductor.run() }
        #expect(busy?.description == "conductor 'conductor' is running already")
        conductor.stop()
        mayEnd.open()
        await conductor.wait()
        #expect(try await running.value == 1)
        #expect(!conductor.isDispatching)
        let end = ["running_end: SUSPENDED", "job_abandoned: SUSPENDED: its flow is SUSPENDED"]
        #expect(shop.lines("job 1").suffix(2) == end)
        #expect(try await shop.board.jobs(.unclaimed, limit: nil).map(\.job.name) == ["job 1", "job 2"])
        #expect(trace.lines.isEmpty)
        try await shop.conductor("other").run(maxDispatches: 1)
        #expect(shop.lines("job 1").last == "job_consumed: SUCCESS")
        #expect(trace.lines == ["after"])
        // Once stopped is not stopped for ever.
        mayEnd.open()
        #expect(try await conductor.run(maxDispatches: 1) == 1)
    }

    @Test func `a conductor whose task is cancelled leaves its flow to another`() async throws {
        let entered = Gate()
        let trace = Trace()
        let flow = try Flow("slow") {
            noting("before", in: trace)
            Step(
                External { (_: Nothing) in
                    trace.note("slow")
                    if trace.count(of: "slow") == 1 {
                        entered.open()
                        try await Task.sleep(for: .seconds(3600))
                    }
                    return Nothing()
                },
                named: "slow"
            )
        }
        let shop = Workshop(flow)
        try await shop.post("one", running: flow, Nothing())
        let running = Task { try await shop.conductor("first").run() }
        await entered.wait()
        running.cancel()
        #expect(try await running.value == 1)
        #expect(shop.lines("one").last == "job_abandoned: SUSPENDED: its flow is SUSPENDED")
        try await shop.conductor("second").run(maxDispatches: 1)
        #expect(shop.lines("one").last == "job_consumed: SUCCESS")
        #expect(trace.lines == ["before", "slow", "slow"])
    }

    @Test func `a conductor that is stopped before its flow begins leaves that to another`() async throws {
        let trace = Trace()
        let flow = try Flow("noted") { noting("a", in: trace) }
        let shop = Workshop(flow)
        try await shop.post("one", running: flow, Nothing())
        let conductor = shop.conductor()
        conductor.notifier.register([.runningStart]) { [weak conductor] _ in conductor?.stop() }
        #expect(try await conductor.run() == 1)
        #expect(trace.lines.isEmpty)
        #expect(shop.lines("one").last == "job_abandoned: SUSPENDED: its flow is SUSPENDED")
        try await shop.conductor("other").run(maxDispatches: 1)
        #expect(trace.lines == ["a"])
    }

    @Test func `a conductor without jobs can be stopped, and be cancelled`() async throws {
        let shop = Workshop()
        let conductor = shop.conductor()
        let running = Task { try await conductor.run() }
        try await eventually { conductor.isDispatching }
        conductor.stop()
        #expect(try await running.value == 0)
        let cancelled = Task { try await conductor.run() }
        cancelled.cancel()
        #expect(try await cancelled.value == 0)
    }

    @Test func `the conductor's listeners follow each job's flow`() async throws {
        let flow = try Flow("nothing") { giving("node", named: "give") }
        let shop = Workshop(flow)
        for number in 1...2 { try await shop.post("job \(number)", running: flow, Nothing()) }
        let (listener, asked) = (CapturingListener(), Trace())
        let conductor = shop.conductor { job in
            asked.note(job.name)
            return [listener]
        }
        try await conductor.run(maxDispatches: 2)
        #expect(asked.lines == ["job 1", "job 2"])
        #expect(listener.flowChanges.map(\.state) == [.running, .success, .running, .success])
    }
}
