internal import DequeModule
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Runs tasks on threads that may wait for disks and locks. The threads of Swift's own pool must not wait, because there
/// is only one per core.
///
/// A task that prefers this executor waits where it is, in ``run(_:)``, and goes on without a change of threads. Each
/// change wakes a thread that sleeps, which can cost more than the work itself. About as many threads as there are cores
/// run at the same time; a thread that waits doesn't count, and leaves the other jobs to another one.
package final class BlockingExecutor: TaskExecutor {
    /// The executor of this process.
    package static let shared = BlockingExecutor(width: sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    private struct State {
        var jobs: Deque<UnownedJob> = []
        /// The number of threads that run jobs and don't wait.
        var running = 0
        /// The threads that have no job.
        var resting: [Worker] = []
    }

    private let state = Mutex(State())
    private let width: Int
    /// The flag of the thread that looks it up.
    private let flag = DispatchSpecificKey<WaitFlag>()

    /// - Parameter width: the number of threads that run at the same time, without those that wait; at least 1.
    package init(width: Int) { self.width = max(1, width) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let current = current
        let started: Worker? = state.withLock { state in
            state.jobs.append(job)
            // This thread takes a single job itself, as soon as its current one ends or waits.
            if state.jobs.count == 1, let current, !current.isWaiting { return nil }
            return workerToStart(&state)
        }
        if let started { start(started) }
    }

    /// Runs `body`, which may wait, on one of the threads: on this one if the task runs on one of them already. `body`
    /// runs to its end even if the task is cancelled.
    @concurrent
    package func run<Success: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Success
    ) async throws(Failure) -> Success {
        if let current { return try wait(in: body, on: current) }
        return try await withTaskExecutorPreference(self) { () throws(Failure) in
            guard let current else { return try body() }
            return try wait(in: body, on: current)
        }
    }

    /// Runs `body`, which may wait, if this is one of the threads.
    ///
    /// - Returns: `nil` if it isn't.
    package func runHere<Success, Failure: Error>(
        _ body: () throws(Failure) -> Success
    ) throws(Failure) -> Success? {
        guard let current else { return nil }
        return try wait(in: body, on: current)
    }

    /// The flag of this thread; `nil` if it isn't one of this executor's.
    private var current: WaitFlag? { DispatchQueue.getSpecific(key: flag) }

    private func wait<Success, Failure: Error>(
        in body: () throws(Failure) -> Success,
        on thread: WaitFlag
    ) throws(Failure) -> Success {
        guard !thread.isWaiting else { return try body() }
        let substitute = state.withLock { state in
            state.running -= 1
            return workerToStart(&state)
        }
        if let substitute { start(substitute) }
        thread.isWaiting = true
        defer {
            thread.isWaiting = false
            state.withLock { $0.running += 1 }
        }
        return try body()
    }

    private func workerToStart(_ state: inout State) -> Worker? {
        guard state.running < width, !state.jobs.isEmpty else { return nil }
        state.running += 1
        return state.resting.popLast() ?? Worker(flag)
    }

    private func start(_ worker: Worker) {
        worker.queue.async { [self] in
            while let job = nextJob(for: worker) { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Returns the next job; `nil` if there is none, or threads that have waited go on beside too many others.
    private func nextJob(for worker: Worker) -> UnownedJob? {
        state.withLock { state in
            if state.running <= width, let job = state.jobs.popFirst() { return job }
            state.running -= 1
            state.resting.append(worker)
            return nil
        }
    }
}

/// A thread of the executor. Dispatch provides one for each serial queue that is not empty, whatever the others do.
private struct Worker {
    let queue = DispatchQueue(label: "volumectl.blocking")

    init(_ flag: DispatchSpecificKey<WaitFlag>) { queue.setSpecific(key: flag, value: WaitFlag()) }
}

/// Whether a thread's job waits. Only that thread uses it.
private final class WaitFlag: Sendable {
    private let waits = Atomic(false)

    var isWaiting: Bool {
        get { waits.load(ordering: .relaxed) }
        set { waits.store(newValue, ordering: .relaxed) }
    }
}
