import Foundation
import Identity
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing

@Suite(.scratchDirectory)
struct SQLJobBoardTests {
    let job = Job("one", details: JobDetails(flow: "flow", request: "{}", scope: "ours"), by: "poster")

    /// A step that posts a job in the transaction of its own outcome.
    struct PostJob: TransactionalTask {
        static let name = "post-job"
        let board: SQLJobBoard
        let job: Job

        func execute(_ input: Nothing, in transaction: SQLTransaction) throws -> Nothing {
            try board.post(job, in: transaction)
            return Nothing()
        }
    }

    struct Fail: TransactionalTask {
        static let name = "fail"

        func execute(_ input: Nothing, in transaction: SQLTransaction) throws -> Nothing { throw Woot() }
    }

    @Test func `a job posted by a step exists once the step has run`() async throws {
        let store = try Notes.open()
        let board = SQLJobBoard(in: store)
        let flow = try Flow("posting") { PostJob(board: board, job: job) }
        try await Engine(flow, request: Nothing(), in: store).run()
        #expect(try await board.jobs().map(\.job) == [job])
    }

    @Test func `a job does not exist if the transaction that posts it fails`() async throws {
        let store = try Notes.open()
        let board = SQLJobBoard(in: store)
        try await store.note("taken")
        await #expect(throws: SQLError.self) {
            try await store.transact { transaction in
                try board.post(job, in: transaction)
                try Notes.write("taken", in: transaction)
            }
        }
        #expect(try await board.jobs().isEmpty)
        try await store.transact { transaction in
            try board.post(job, in: transaction)
            try Notes.write("new", in: transaction)
        }
        #expect(try await board.jobs().map(\.job) == [job])
    }

    @Test func `a step that posts a job twice fails, and the first job stands`() async throws {
        let store = try Notes.open()
        let board = SQLJobBoard(in: store)
        try await board.post(job)
        let flow = try Flow("posting") { PostJob(board: board, job: job) }
        await #expect(throws: JobRefused(job.id, .exists)) {
            try await Engine(flow, request: Nothing(), in: store).run()
        }
        #expect(try await board.jobs().count == 1)
    }

    @Test func `jobs outlive the store that posted them`() async throws {
        try await SQLJobBoard(in: Notes.open()).post(job)
        #expect(try await SQLJobBoard(in: Notes.open()).jobs().map(\.job) == [job])
    }

    @Test func `a job whose owner is dead can be claimed at once`() async throws {
        let board = SQLJobBoard(in: try Notes.open())
        try await board.post(job)
        do {
            let mortal = SQLJobBoard(in: try Notes.open())
            _ = try await mortal.claim(job.id, by: "mortal", for: .seconds(3600))
            #expect(try await board.owner(of: job.id) == "mortal")
            await #expect(throws: JobRefused(job.id, .claimed(by: "mortal"))) {
                try await board.claim(job.id, by: "heir", for: .seconds(10))
            }
        }
        // The dead store is released a moment after its last job has answered.
        try await eventually { try await board.state(of: job.id) != .claimed }
        #expect(try await board.jobs(.unclaimed, limit: nil).map(\.job) == [job])
        #expect(try await board.claim(job.id, by: "heir", for: .seconds(10)).number == 2)
    }

    @Test func `of two stores that claim at once one wins`() async throws {
        let boards = try (1...2).map { _ in SQLJobBoard(in: try Notes.open()) }
        try await boards[0].post(job)
        let leases = await withTaskGroup { group in
            for board in boards {
                group.addTask { [job] in try? await board.claim(job.id, by: "\(JobID.random())", for: .seconds(10)) }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(leases == [Lease(job: job.id, number: 1)])
    }

    @Test func `leases run out by the database's clock, unless another is given`() async throws {
        let store = try Notes.open()
        let board = SQLJobBoard(in: store)
        try await board.post(job)
        let before = Date()
        _ = try await board.claim(job.id, by: "a", for: .seconds(3600))
        let posting = try #require(try await board.find(job.id))
        #expect(posting.state == .claimed)
        // The database's clock has a resolution of a millisecond.
        #expect(posting.changedAt >= before - 0.001)
        #expect(posting.changedAt <= Date() + 0.001)
        let later = SQLJobBoard(in: store, now: { Date() + 3601 })
        #expect(try await later.state(of: job.id) == .unclaimed)
    }

    @Test func `a run that another store holds is taken from it by a newer lease`() async throws {
        let (slow, quick) = (try Notes.open(), try Notes.open())
        let lease = { Lease(job: job.id, number: $0) }
        let detail = FlowDetail(
            id: job.details.run,
            name: "flow",
            version: 1,
            subject: "",
            request: "{}",
            state: .running,
            createdAt: Date(timeIntervalSince1970: 0),
            updatedAt: Date(timeIntervalSince1970: 0),
            lease: lease(1)
        )
        try await slow.transact { try $0.insert(detail) }
        await #expect(throws: ClaimRefused.self) { try await quick.claim(detail.id) }
        await #expect(throws: ClaimRefused.self) { try await quick.claim(detail.id, under: lease(1)) }
        let claim = try await quick.claim(detail.id, under: lease(2))
        let old = Claim(flow: detail.id, epoch: 1)
        await #expect(throws: ClaimLost(old)) { try await slow.transact { try $0.hold(old) } }
        try await quick.transact { try $0.hold(claim) }
        await #expect(throws: ClaimRefused.self) { try await slow.claim(detail.id, under: lease(1)) }
    }
}
