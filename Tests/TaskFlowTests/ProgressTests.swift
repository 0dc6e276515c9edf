import Foundation
import Synchronization
import TaskFlow
import TestKit
import Testing

struct ProgressTests {
    /// What listeners were told of one step, in order.
    final class Told: Sendable {
        private let changes = Mutex<[ProgressChange]>([])
        var fractions: [Double] { changes.withLock { $0.map(\.state) } }
        var all: [ProgressChange] { changes.withLock { $0 } }

        func listen(to engine: Engine<some FlowStore>, of step: String) {
            engine.progressNotifier.register { [self] change in
                if change.atom == step { changes.withLock { $0.append(change) } }
            }
        }
    }

    let store = LedgerStore()
    let told = Told()
    let clock = TestClock()

    func engine(_ flow: Flow<Nothing>) throws -> Engine<LedgerStore> {
        let engine = try Engine(flow, request: Nothing(), in: store, now: clock.now)
        told.listen(to: engine, of: "work")
        return engine
    }

    /// A step that reports so.
    func reporting(_ fractions: [Double]) -> Step<FunctorTask<Nothing, Nothing>> {
        Step("work") { for fraction in fractions { TaskContext.required.report(fraction) } }
    }

    @Test func `what is outside of 0 to 1 counts as the nearer end, and no number as nothing`() async throws {
        let engine = try engine(Flow("told") { reporting([-1, 2, .infinity, .nan, -.infinity, 0.5]) })
        try await engine.run()
        #expect(told.fractions == [0, 0, 1, 1, 0, 0, 0.5, 1])
        #expect(told.all.dropFirst().map(\.oldState) == [0, 0, 1, 1, 0, 0, 0.5])
    }

    @Test func `a step that fails is not brought to 1, and its revert begins at 0`() async throws {
        let engine = try engine(
            Flow("told") {
                Step(
                    External { (_: Nothing) -> Nothing in
                        TaskContext.required.report(0.4)
                        throw Woot()
                    } undoing: { _, _ in
                        TaskContext.required.report(0.7)
                    },
                    named: "work"
                )
            }
        )
        try await engine.advance()
        #expect(told.fractions == [0, 0.4, 0, 0.7, 1])
    }

    @Test func `steps of every kind are at 0 when they start and at 1 when they have ended`() async throws {
        let engine = try engine(
            Flow("told") {
                giving("node-1", named: "choose")
                Step(
                    Transactional { (_: Nothing, _) in
                        // Nobody hears of it before the transaction is over.
                        TaskContext.required.report(0.5)
                        return Nothing()
                    },
                    named: "work"
                )
            }
        )
        #expect(engine.progress(of: "choose") == nil)
        #expect(engine.progress(of: "nobody") == nil)
        try await engine.run()
        #expect(told.fractions == [0, 1])
        #expect(engine.progress(of: "choose")?.fraction == 1)
    }

    @Test func `details are those of the last report that had any`() async throws {
        let flow = try Flow("told") {
            Step("work") {
                TaskContext.required.report(0.1, details: ["stage": "open"])
                TaskContext.required.report(0.3, details: ["stage": "copy", "bytes": "10"])
                TaskContext.required.report(0.6)
            }
        }
        let engine = try engine(flow)
        try await engine.run()
        let progress = try #require(engine.progress(of: "work"))
        #expect(progress.details == ["stage": "copy", "bytes": "10"])
        #expect(progress.detailedAt == 0.3)
        #expect(told.all.map(\.details["stage"]) == [nil, "open", "copy", nil, nil])
        // It is stored with the step's end.
        let journal = try #require(try await store.load(engine.id)?.journal)
        #expect(journal.last { $0.atom == "work" }?.progress == progress)
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(resumed.progress(of: "work") == progress)
    }

    @Test func `what has grown by a hundredth in a second is stored, and survives the process`() async throws {
        let (reported, mayEnd) = (Gate(), Gate())
        let clock = clock
        let flow = try Flow("told") {
            Step("work") {
                guard !TaskContext.required.isRepetition else { return }
                TaskContext.required.report(0.2)
                clock.pass(2)
                TaskContext.required.report(0.005)
                TaskContext.required.report(0.5, details: ["stage": "copy"])
                clock.pass(0.5)
                TaskContext.required.report(0.9)
                reported.open()
                await mayEnd.wait()
            }
        }
        let engine = try engine(flow)
        let running = Task { try await engine.run() }
        await reported.wait()
        try await eventually { try await store.load(engine.id)?.journal.count == 2 }
        let stored = try await store.load(engine.id)?.journal ?? []
        // 0.2 came too early, 0.005 is too little, and 0.9 comes too soon after 0.5.
        #expect(stored.map(\.state) == [.running, .running])
        #expect(stored[1].progress?.fraction == 0.5)
        #expect(stored[1].startedAt == stored[0].startedAt)
        #expect(stored[1].at.timeIntervalSince(stored[1].startedAt) == 2)

        try await store.bury(holderOf: engine.id)
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store, now: clock.now)
        #expect(resumed.progress(of: "work")?.fraction == 0.5)
        #expect(resumed.progress(of: "work")?.details == ["stage": "copy"])
        #expect(try await resumed.advance() == .success)
        #expect(resumed.progress(of: "work")?.fraction == 1)
        mayEnd.open()
        await #expect(throws: ClaimLost.self) { try await running.value }
    }

    @Test func `a step that has ended is not heard any more`() async throws {
        let late = Mutex<TaskContext?>(nil)
        let clock = clock
        let flow = try Flow("told") {
            Step("work") { late.withLock { $0 = TaskContext.current } }
            Step("after") {
                clock.pass(10)
                late.withLock { $0 }?.report(0.5)
            }
        }
        let engine = try engine(flow)
        try await engine.run()
        #expect(told.fractions == [0, 1])
        #expect(engine.progress(of: "work")?.fraction == 1)
        #expect(try await Engine(resuming: engine.id, with: flow.recipe, in: store).state == .success)
    }
}
