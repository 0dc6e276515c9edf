import Foundation
import Identity
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing

/// Flows in worker processes, which get them through jobs in a database. The poster knows only a flow's name and
/// request.
@Suite(.scratchDirectory)
struct JobWorkerTests {
    struct Amount: Fields { @Field var amount: Int }
    struct Receipt: Fields { @Field var receipt: String }

    /// The poster's access to a database.
    struct Office {
        let directory: String
        let store: SQLStore
        let board: SQLJobBoard
        let job: Job

        /// As the worker makes it, too.
        private static let table: Schema.Step =
            "CREATE TABLE ledger (number INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT"

        /// Posts a job to send `amount`.
        init(in directory: String, amount: Int) async throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            self.directory = directory
            let ledger = Schema(name: "ledger", steps: [Self.table])
            store = try SQLStore(TestDatabase.open(directory + "/jobs.db"), schemas: [ledger])
            board = SQLJobBoard(in: store)
            let details = try JobDetails(flow: "transfer", request: Amount(amount: amount))
            job = Job("send \(amount)", details: details, by: "office")
            try await board.post(job)
        }

        func work(_ options: String...) async throws -> Child.End {
            try await Child.run("job-worker", [directory] + options, on: directory + "/jobs.db")
        }

        func lines() async throws -> [String] {
            try await store.read { connection in
                try connection.query("SELECT line FROM ledger ORDER BY number").map { try $0(0) }
            }
        }

        func sent() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: directory).count { $0.hasPrefix("sent-") }
        }

        /// The stored records of the job and the ledger.
        func snapshot() async throws -> [String] {
            let (detail, journal) = try #require(try await store.load(job.details.run))
            return ["\(detail)", "\(try sent())"] + journal.map { "\($0)" } + (try await lines())
        }
    }

    @Test func `a flow runs in another process, and its poster gets the result`() async throws {
        let office = try await Office(in: ScratchDirectory.path, amount: 5)
        async let end = office.work()
        let result = try #require(
            try await office.board.result(of: office.job, in: office.store, atMost: .seconds(600))
        )
        #expect(result.state == .success)
        #expect(try result.output(of: "write-receipt", as: Receipt.self)?.receipt == "5 sent")
        #expect(try await end == .survived("job_consumed SUCCESS\n"))
        #expect(try await office.lines() == ["withdraw 5", "receipt 5"])
        #expect(try office.sent() == 1)
    }

    @Test func `a flow that fails in another process is undone there, and its poster gets the failure`() async throws {
        let office = try await Office(in: ScratchDirectory.path, amount: 0)
        async let end = office.work()
        let result = try #require(
            try await office.board.result(of: office.job, in: office.store, atMost: .seconds(600))
        )
        #expect(result.state == .reverted)
        #expect(result.failures.map(\.atom) == ["write-receipt"])
        #expect(result.failures.map(\.type) == ["NothingToReceipt"])
        #expect(try await end == .survived("job_consumed REVERTED\n"))
        #expect(try await office.lines() == ["withdraw 0", "refund 0"])
        #expect(try office.sent() == 0)
    }

    @Test(arguments: [5, 0])
    func `a worker killed at any moment is replaced, and the job ends once`(amount: Int) async throws {
        var moment = 1
        while true {
            let office = try await Office(in: "\(ScratchDirectory.path)/\(moment)", amount: amount)
            let end = try await office.work("--at", "\(moment)")
            if try await office.board.find(office.job.id) != nil {
                let state = amount > 0 ? "SUCCESS" : "REVERTED"
                #expect(try await office.work() == .survived("job_consumed \(state)\n"), "killed at \(moment)")
            }
            let left = try #require(try await office.store.result(of: office.job.details.run))
            #expect(left.state == (amount > 0 ? .success : .reverted), "killed at \(moment)")
            let lines = amount > 0 ? ["withdraw 5", "receipt 5"] : ["withdraw 0", "refund 0"]
            #expect(try await office.lines() == lines, "killed at \(moment)")
            #expect(try office.sent() == (amount > 0 ? 1 : 0), "killed at \(moment)")
            #expect(try await office.board.jobs().isEmpty)
            #expect(try await office.board.trashed().isEmpty)
            guard end == .died else { break }
            moment += 1
        }
        // Before and after each of four commits, which claim the job, start the sending, end the flow and consume the
        // job.
        #expect(moment > 10)
    }

    @Test func `a worker that sleeps through its lease is replaced, and can store nothing afterwards`()
        async throws
    {
        let office = try await Office(in: ScratchDirectory.path, amount: 5)
        // The lease is long, so that it is not being renewed when the process stops: a process that is stopped in a
        // transaction blocks all other writers.
        async let sleeper = office.work("--stops", "--lease", "3600000")
        let process = try await stoppedProcess(in: office.directory)
        _ = try await office.store.transact { try $0.connection.execute("UPDATE job SET expires_at = 0") }

        #expect(try await office.work() == .survived("job_consumed SUCCESS\n"))
        let result = try #require(
            try await office.board.result(of: office.job, in: office.store, atMost: .seconds(600))
        )
        #expect(result.state == .success)
        #expect(result.detail.epoch == 2)
        #expect(result.detail.lease == Lease(job: office.job.id, number: 2))
        let snapshot = try await office.snapshot()
        #expect(try await office.lines() == ["withdraw 5", "receipt 5"])

        kill(process, SIGCONT)
        #expect(try await sleeper == .survived("job_lost\n"))
        #expect(try await office.snapshot() == snapshot)
    }

    /// Waits until the worker has stopped itself, and returns its process ID.
    private func stoppedProcess(in directory: String) async throws -> pid_t {
        while true {
            if let text = try? String(contentsOfFile: directory + "/stopped", encoding: .utf8),
                let process = pid_t(text)
            {
                let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
                if status.contains("State:\tT") { return process }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
