import Dispatch
import Glibc
import Synchronization
import Testing
import Threads
import TimeLimits

struct BlockingExecutorTests {
    @Test func `a task that waits goes on where it is`() async throws {
        let executor = BlockingExecutor(width: 2)
        await withTaskExecutorPreference(executor) {
            let before = currentThread
            for _ in 1...100 {
                #expect(await executor.run { currentThread } == before)
                #expect(currentThread == before)
                #expect(executor.runHere { currentThread } == before)
            }
            await #expect(throws: Trouble.self) { try await executor.run { throw Trouble() } }
            #expect(currentThread == before)
        }
    }

    @Test func `a task that runs elsewhere waits on a thread of the executor`() async {
        let executor = BlockingExecutor(width: 1)
        #expect(executor.runHere { 1 } == nil)
        #expect(await executor.run { executor.runHere { 1 } } == 1)
        #expect(executor.runHere { 1 } == nil)
        await #expect(throws: Trouble.self) { try await executor.run { throw Trouble() } }
    }

    @Test(arguments: [true, false])
    func `threads that wait leave the other tasks to others`(onExecutor: Bool) async {
        let executor = BlockingExecutor(width: 1)
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        await withTaskGroup { group in
            for _ in 1...20 {
                group.addTask(executorPreference: onExecutor ? executor : nil) {
                    await executor.run {
                        hasBegun.continuation.yield()
                        mayEnd.wait()
                    }
                }
            }
            for await _ in hasBegun.stream.prefix(20) {}
            group.addTask(executorPreference: executor) { for _ in 1...20 { mayEnd.signal() } }
        }
    }

    @Test func `a body may wait for a task that it has let go on`() async {
        let executor = BlockingExecutor(width: 1)
        let (door, hasPassed) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        await withTaskGroup { group in
            group.addTask(executorPreference: executor) {
                for await _ in door.stream { hasPassed.signal() }
            }
            group.addTask(executorPreference: executor) {
                for _ in 1...100 {
                    await executor.run {
                        door.continuation.yield()
                        hasPassed.wait()
                    }
                }
                door.continuation.finish()
            }
        }
    }

    @Test func `tasks run beside each other, and not more of them than the executor is wide`() async {
        let executor = BlockingExecutor(width: 3)
        let tally = Tally()
        await withTaskGroup { group in
            for number in 0..<60 {
                group.addTask(executorPreference: executor) {
                    let count = tally.running.add(1, ordering: .relaxed).newValue
                    tally.most.max(count, ordering: .relaxed)
                    // The first one waits for two others, without a word to the executor.
                    if number == 0 { for _ in 1..<3 { tally.met.wait() } } else if number < 3 { tally.met.signal() }
                    usleep(100)
                    tally.running.subtract(1, ordering: .relaxed)
                    await executor.run { _ = usleep(100) }
                }
            }
        }
        #expect(tally.most.load(ordering: .relaxed) <= 3)
        #expect(tally.running.load(ordering: .relaxed) == 0)
    }

    @Test func `a body runs to its end though its task is cancelled`() async {
        let executor = BlockingExecutor(width: 1)
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        let task = Task {
            await executor.run {
                hasBegun.continuation.yield()
                mayEnd.wait()
                return "end"
            }
        }
        for await _ in hasBegun.stream { break }
        task.cancel()
        mayEnd.signal()
        #expect(await task.value == "end")
    }

    @Test func `work with a time limit runs on its caller's executor`() async {
        let executor = BlockingExecutor(width: 1)
        await withTaskExecutorPreference(executor) {
            let waiting = await cancelling(after: .seconds(600)) { executor.runHere { 1 } }
            #expect(waiting.result == .success(1))
            let leaving = await abandoning(after: .seconds(600), grace: .seconds(1)) { executor.runHere { 1 } }
            #expect(leaving?.result == .success(1))
        }
        let elsewhere = await abandoning(after: .seconds(600), grace: .seconds(1)) { executor.runHere { 1 } }
        #expect(elsewhere?.result == .success(nil))
    }
}

private struct Trouble: Error {}

/// Counts tasks that run at the same time.
private final class Tally: Sendable {
    let running = Atomic(0)
    let most = Atomic(0)
    let met = DispatchSemaphore(value: 0)
}

private var currentThread: pthread_t { pthread_self() }
