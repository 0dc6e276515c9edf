import Synchronization
import TaskFlow
import Testing

/// TaskFlow's case about the progress that a task reports.
struct TaskFlowProgressTests {
    /// A task that reports each of the fractions as its progress.
    struct Working: RevertibleTask {
        struct Output: Fields {
            @Field var chunks: Int
        }
        static let name = "working"
        let fractions: [Double]
        var details: [String: String] = [:]

        func execute(_ input: Nothing) async throws -> Output {
            for fraction in fractions { TaskContext.required.report(fraction, details: details) }
            return Output(chunks: fractions.count)
        }

        func revert(_ input: Nothing, after outcome: Outcome<Output>) async throws {}
    }

    final class Seen: Sendable {
        private let fractions = Mutex<[Double]>([])
        var all: [Double] { fractions.withLock { $0 } }
        func note(_ fraction: Double) { fractions.withLock { $0.append(fraction) } }
    }

    let recorder = Recorder()
    let seen = Seen()

    func run(_ flow: Flow<Nothing>, watching step: String) async throws -> (Run, Engine<MemoryStore>) {
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store)
        engine.progressNotifier.register { [seen] in if $0.atom == step { seen.note($0.state) } }
        return (try await recorder.run(engine, of: flow.recipe, in: store), engine)
    }

    @Test func `progress is set to 0 and 1 automatically, and kept in between`() async throws {
        let flow = try Flow("w") { Step(Working(fractions: [0.2, 0.5, 1.7, -3]), named: "w") }
        let (run, engine) = try await run(flow, watching: "w")
        #expect(run.trace == "w.f RUNNING\nw.t RUNNING\nw.t SUCCESS(4)\nw.f SUCCESS")
        #expect(seen.all == [0, 0.2, 0.5, 1, 0, 1])
        #expect(engine.progress(of: "w")?.fraction == 1)
    }

    // The details beside the fraction are text here.
    @Test func `details are kept with the progress at that time`() async throws {
        let details = ["stage": "copy", "bytes": "10"]
        let flow = try Flow("d") { Step(Working(fractions: [0.5], details: details), named: "d") }
        let (_, engine) = try await run(flow, watching: "d")
        let progress = try #require(engine.progress(of: "d"))
        #expect(progress.fraction == 1)
        #expect(progress.detailedAt == 0.5)
        #expect(progress.details == details)
    }

    @Test func `progress during execute and revert`() async throws {
        let flow = try Flow("f") {
            Step(Working(fractions: [0.5]), named: "w")
            recorder.raising("bad")
        }
        let (run, engine) = try await run(flow, watching: "w")
        #expect(
            run.events == """
                f.f RUNNING
                w.t RUNNING
                w.t SUCCESS(1)
                bad.t RUNNING
                bad.t FAILURE(Failure: RuntimeError: Woot!)
                bad.t REVERTING
                bad.t REVERTED(None)
                w.t REVERTING
                w.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(seen.all == [0, 0.5, 1, 0, 1])
        #expect(engine.progress(of: "w")?.fraction == 1)
        #expect(run.raised == "RuntimeError: Woot!")
    }
}
