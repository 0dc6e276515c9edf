import PostgreSQL
import SQL
import Synchronization
import TestKit
import Testing

/// Which statements travel together.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct PostgreSQLExchangeTests {
    /// The exchanges with a server.
    private final class Record: Sendable {
        private let exchanges = Mutex<[[String]]>([])

        func note(_ statements: [SentStatement]) {
            exchanges.withLock { $0.append(statements.map(\.statement)) }
        }

        /// Returns the exchanges since the last call, each with the first words of its statements.
        func take() -> [String] {
            exchanges.withLock { exchanges in
                defer { exchanges = [] }
                return exchanges.map { statements in
                    statements.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }.joined(separator: "; ")
                }
            }
        }
    }

    private static func open(_ record: Record, allowsPipelines: Bool = true) async throws -> PostgreSQLDatabase {
        let database = try PostgreSQLDatabase(
            ServerAddress(Server.uri),
            exchanges: ExchangeOptions(allowsPipelines: allowsPipelines) { record.note($0) },
            observer: nil
        )
        try database.install([Server.schema])
        try await database.note("first")
        _ = record.take()
        return database
    }

    private static let insert = "INSERT INTO note (text) VALUES (?)"

    @Test func `writes travel with the beginning, with the next result, and with the commit`() async throws {
        let record = Record()
        let database = try await Self.open(record)
        try await database.write(until: nil) { connection in
            try connection.write(Self.insert, "one")
            _ = try connection.query("SELECT text FROM note")
            try connection.write(Self.insert, "two")
        }
        #expect(
            record.take() == [
                "BEGIN; SELECT pg_advisory_xact_lock(CAST(?; INSERT INTO; SELECT text",
                "INSERT INTO; DELETE FROM; INSERT INTO; COMMIT",
            ]
        )
    }

    @Test func `a transaction that only reads costs as many round trips as it has results`() async throws {
        let record = Record()
        let database = try await Self.open(record)
        for _ in 1...2 { #expect(try await database.notes == ["first"]) }
        #expect(record.take() == Array(repeating: "BEGIN ISOLATION; SELECT text", count: 2))
        try await database.write(until: nil) { _ = try $0.query("SELECT text FROM note") }
        try await database.write(until: nil) { _ in }
        #expect(record.take() == ["BEGIN; SELECT pg_advisory_xact_lock(CAST(?; SELECT text"])
    }

    @Test func `an attempt costs a round trip only if it has writes whose results are not known`() async throws {
        let record = Record()
        let database = try await Self.open(record)
        try await database.write(until: nil) { connection in
            try connection.attempt {}
            try connection.attempt { _ = try connection.query("SELECT text FROM note") }
            try connection.attempt { try connection.write(Self.insert, "one") }
            try? connection.attempt {
                try connection.write(Self.insert, "two")
                throw CancellationError()
            }
        }
        #expect(
            record.take() == [
                "BEGIN; SELECT pg_advisory_xact_lock(CAST(?; SAVEPOINT attempt0; SELECT text",
                "RELEASE attempt0; SAVEPOINT attempt0; INSERT INTO; RELEASE attempt0",
                "DELETE FROM; INSERT INTO; COMMIT",
            ]
        )
    }

    @Test func `a transaction that lost its connection before it had begun is sent again as it was`() async throws {
        let interposer = try Interposer(to: Server.socket)
        defer { interposer.close() }
        let database = try Server.open(by: interposer)
        try await database.note("first")
        for (number, fault) in [Interposer.Fault.loseMessage, .loseAnswer].enumerated() {
            interposer.next(fault)
            try await database.write(until: nil) { connection in
                try connection.write(Self.insert, "one \(number)")
                try connection.writeRow(
                    "UPDATE note SET text = ? WHERE text = ?",
                    "\(number)",
                    "one \(number)",
                    orThrow: Woot()
                )
            }
        }
        #expect(try await database.notes == ["0", "1", "first"])
    }

    @Test func `a client library without pipelines sends statements one by one, with the same effects`() async throws {
        let database = try await Self.open(Record(), allowsPipelines: false)
        try await database.write(until: nil) { connection in
            try connection.write(Self.insert, "one")
            let error = #expect(throws: SQLError.self) {
                try connection.attempt {
                    try connection.write(Self.insert, "two")
                    try connection.write(Self.insert, "one")
                    try connection.write(Self.insert, "three")
                }
            }
            #expect(error?.code == .constraint)
            try connection.writeRow("UPDATE note SET text = ? WHERE text = ?", "four", "one", orThrow: Woot())
        }
        await #expect(throws: Woot.self) {
            try await database.write(until: nil) { connection in
                try connection.write(Self.insert, "five")
                try connection.writeRow("DELETE FROM note WHERE text = ?", "six", orThrow: Woot())
            }
        }
        #expect(try await database.notes == ["first", "four"])
    }

    private struct Woot: Error {}
}
