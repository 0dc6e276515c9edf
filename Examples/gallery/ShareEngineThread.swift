import Dispatch
import TaskFlow

// Two engines on one queue: they run on the caller's preferred executor, as Swift's tasks do, without any option.
//
// Only one step runs at any moment, yet all have begun before any of them ends: one that waits makes room for the
// others.

struct ShareEngineThread: Example {
    static let name = "share-engine-thread"

    /// Runs tasks on a queue of its own, one after another.
    final class SharedQueue: TaskExecutor {
        private let queue = DispatchQueue(label: "shared")
        private let key = DispatchSpecificKey<Bool>()

        init() { queue.setSpecific(key: key, value: true) }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }

        var isCurrent: Bool { DispatchQueue.getSpecific(key: key) == true }
    }

    struct Delayed: FlowTask {
        static let name = "delayed"
        struct Output: Fields { @Field var place: String }
        let queue: SharedQueue
        let everybody: Rendezvous

        func execute(_ input: Nothing) async throws -> Output {
            let place = queue.isCurrent ? "on the shared queue" : "elsewhere"
            await everybody.arrive()
            return Output(place: place)
        }
    }

    func run() async throws {
        let (queue, everybody) = (SharedQueue(), Rendezvous(of: 4))
        let engines = [try engine("f1", queue, everybody), try engine("f2", queue, everybody)]
        try await withThrowingTaskGroup { group in
            for engine in engines { group.addTask(executorPreference: queue) { try await engine.run() } }
            try await group.waitForAll()
        }
        for engine in engines { print(engine.values) }
    }

    func engine(_ name: String, _ queue: SharedQueue, _ everybody: Rendezvous) throws -> Engine<MemoryStore> {
        let flow = try Flow(name) {
            UnorderedFlow("both") {
                for step in ["\(name)-1", "\(name)-2"] {
                    Step(Delayed(queue: queue, everybody: everybody), named: step).writing(\.$place, to: step)
                }
            }
        }
        return try Engine(flow, request: Nothing(), in: MemoryStore(), options: EngineOptions(parallelism: 2))
    }
}
