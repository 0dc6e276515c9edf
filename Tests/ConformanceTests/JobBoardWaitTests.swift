import TaskFlow
import TestKit
import Testing

/// The waits of every kind of job board.
@Suite(.scratchDirectory)
struct JobBoardWaitTests {
    let clock = WallClock()

    @Test(arguments: BoardKind.allCases)
    func `a wait for a job that is never posted returns none`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        #expect(try await board.wait(atMost: .milliseconds(30)).isEmpty)
        let job = job("claimed")
        try await board.post(job)
        _ = try await board.claim(job.id, by: "a", for: .seconds(10))
        #expect(try await board.wait(atMost: .milliseconds(30)).isEmpty)
        #expect(try await board.waitForEnd(of: job.id, atMost: .milliseconds(30)) == false)
    }

    @Test(arguments: BoardKind.allCases)
    func `a wait for a job returns it when it is posted`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        async let found = board.wait(atMost: .seconds(600))
        let job = job("late")
        try await board.post(job)
        #expect(try await found.map(\.job) == [job])
    }

    @Test(arguments: BoardKind.allCases)
    func `a wait for the end of a job returns when the job ends`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let job = job("one")
        try await board.post(job)
        async let hasEnded = board.waitForEnd(of: job.id, atMost: .seconds(600))
        try await board.consume(try await board.claim(job.id, by: "a", for: .seconds(10)))
        #expect(try await hasEnded)
    }

    @Test(arguments: BoardKind.allCases)
    func `a wait that is cancelled ends`(kind: BoardKind) async throws {
        let board = try kind.open(clock)
        let waiting = Task { try await board.wait(atMost: .seconds(600)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
