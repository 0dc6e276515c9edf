import Foundation
import Ownership
import PostgreSQL
import SQL
import TestKit
import Testing

/// How processes find out that others are gone.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct LeaseTests {
    /// Opens the test's database as another process would, which has written something.
    private static func open(
        hostFile: String? = nil,
        lease: Duration = .seconds(3600)
    ) async throws -> PostgreSQLDatabase {
        let address = try TestDatabase.address(ScratchDirectory.database, on: #require(TestDatabase.server))
        let path = hostFile.map { "\(ScratchDirectory.path)/\($0)" }
        let database = try PostgreSQLDatabase(address, hostFile: path, terms: LeaseTerms(lease), observer: nil)
        try await database.write(until: nil) { _ in }
        return database
    }

    private static func isGone(_ owner: Int64, for database: PostgreSQLDatabase) async throws -> Bool {
        let seen = try await database.read { database.liveness.isGone(owner, in: $0) }
        #expect(try await database.write(until: nil) { database.liveness.isGone(owner, in: $0) } == seen)
        return seen
    }

    @Test func `a process that closes the database is gone, whatever its lease`() async throws {
        let (one, other) = (try await Self.open(), try await Self.open())
        let number = one.liveness.own.number
        #expect(try await !Self.isGone(number, for: other))
        await one.close()
        #expect(try await Self.isGone(number, for: other))
        await other.close()
    }

    @Test func `a process that ends without closing the database is gone at once for its host, and for no other`()
        async throws
    {
        let (neighbour, stranger) = (try await Self.open(hostFile: "here"), try await Self.open(hostFile: "there"))
        let number = try await Self.open(hostFile: "here").liveness.own.number
        #expect(try await !Self.isGone(number, for: stranger))
        #expect(try await Self.isGone(number, for: neighbour))
        // Now it is buried.
        #expect(try await Self.isGone(number, for: stranger))
        for database in [neighbour, stranger] { await database.close() }
    }

    @Test func `a process is not gone for its host while a program that it has executed is running`() async throws {
        let neighbour = try await Self.open(hostFile: "here")
        let (number, program) = try await {
            let process = try await Self.open(hostFile: "here")
            let program = try await process.liveness.holding {
                try #require(Lifeline.current).openFile(for: .seconds(3600))
            }
            return (process.liveness.own.number, program)
        }()
        #expect(try await !Self.isGone(number, for: neighbour))
        #expect(neighbour.liveness.programs(leftBy: number) != nil)
        Glibc.close(program)
        #expect(try await Self.isGone(number, for: neighbour))
        #expect(neighbour.liveness.programs(leftBy: number) == nil)
        await neighbour.close()
    }

    @Test func `a process that others have buried can't renew its lease, and refuses to go on`() async throws {
        let (one, other) = (try await Self.open(lease: .seconds(1)), try await Self.open())
        let number = one.liveness.own.number
        try one.liveness.confirm()
        // In one transaction, which a renewal can't interrupt.
        let isGone = try await other.write(until: nil) { connection in
            try connection.execute("UPDATE owner SET until = 0 WHERE id = ?", number)
            return other.liveness.isGone(number, in: connection)
        }
        #expect(isGone)
        while (try? one.liveness.confirm()) != nil { try await Task.sleep(for: .milliseconds(10)) }
        // Its next renewal is refused, and from then on all that it writes.
        let error = await #expect(throws: SQLError.self) {
            while true {
                try await one.write(until: nil) { _ in }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        #expect(error?.code == .leaseLost)
        #expect(throws: SQLError.self) { try one.liveness.confirm() }
        #expect(one.liveness.isReplaced && !other.liveness.isReplaced)
        for database in [one, other] { await database.close() }
    }

    @Test func `a process that only looks has no row, and one that renews its lease stays alive`() async throws {
        let address = try TestDatabase.address(ScratchDirectory.database, on: #require(TestDatabase.server))
        let looker = try PostgreSQLDatabase(address, access: .look)
        let owner = try await Self.open(lease: .seconds(1))
        func rows() async throws -> [(id: Int64, until: Int64)] {
            try await looker.read { connection in
                try connection.query("SELECT id, until FROM owner").map { (try $0(0), try $0(1)) }
            }
        }
        let first = try await rows()
        #expect(first.map(\.id) == [owner.liveness.own.number])
        // Longer than the lease: three renewals.
        for _ in 1...3 {
            let before = try await rows()
            while try await rows().map(\.until) == before.map(\.until) { try await Task.sleep(for: .milliseconds(10)) }
            #expect(try await !looker.read { looker.liveness.isGone(owner.liveness.own.number, in: $0) })
        }
        for database in [looker, owner] { await database.close() }
    }

    @Test(arguments: [15, 3600])
    func `a process that stops in a transaction holds the others up for less time than is left of its lease`(
        seconds: Int
    ) async throws {
        let database = try await Self.open(lease: .seconds(seconds))
        let limits: [Int64] = try await database.read { connection in
            let name = "idle_in_transaction_session_timeout"
            return try connection.query("SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = ?", name)
                .map { try $0(0) }
        }
        let limit = Duration.milliseconds(try #require(limits.first))
        // There are five renewals in the time of a lease.
        #expect(limit > .zero && limit <= .seconds(seconds) * 4 / 5)
        await database.close()
    }
}
