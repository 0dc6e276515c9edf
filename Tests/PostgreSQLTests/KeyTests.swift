import Dispatch
import PostgreSQL
import SQL
import SQLStore
import TestKit
import Testing

/// Transactions that write at the same time, as they declare what they rely on.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct KeyTests {
    private static let kind = SQLKey.Kind(rank: 1, name: "kind")
    private let a = SQLKey(Self.kind, "a")
    private let b = SQLKey(Self.kind, "b")

    /// Opens the test's database.
    private func open() throws -> PostgreSQLDatabase {
        let database = try PostgreSQLDatabase(ServerAddress(Server.uri))
        try database.install([Server.schema])
        return database
    }

    /// Whether a body under `first` lets one under `second` begin and commit before it ends.
    private func areBeside(_ first: [SQLKey]?, _ second: [SQLKey]?) async throws -> Bool {
        let (one, other) = (try open(), try open())
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let holding: Void = one.write(under: first, until: nil) { connection in
            try connection.execute("INSERT INTO note (text) VALUES ('one')")
            hasBegun.continuation.yield()
            mayEnd.wait()
        }
        for await _ in hasBegun.stream { break }
        var isBeside = true
        do {
            // At least a second.
            try await other.write(under: second, until: .now) { connection in
                _ = try connection.execute("INSERT INTO note (text) VALUES ('other')")
            }
        } catch let error as SQLError where error.code == .outOfTime {
            isBeside = false
        }
        mayEnd.signal()
        try await holding
        return isBeside
    }

    @Test func `bodies with other keys commit beside each other`() async throws {
        #expect(try await areBeside([a], [b]))
    }

    @Test func `bodies that change nothing that needs a key commit beside each other`() async throws {
        #expect(try await areBeside([], []))
    }

    @Test func `a body waits for another one with its key`() async throws {
        #expect(try await !areBeside([a, b], [b]))
    }

    @Test func `a body that declares nothing waits for all, and all wait for it`() async throws {
        #expect(try await !areBeside([a], nil))
        try await open().write(until: nil) { _ = try $0.execute("DELETE FROM note") }
        #expect(try await !areBeside(nil, []))
    }

    @Test func `a key that was locked in an attempt is free after its rollback, and others can be locked before it`()
        async throws
    {
        struct Full: Error {}
        let (database, other) = (try open(), try open())
        let store = try SQLStore(database)
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let holding: Void = store.transact(under: []) { [a, b] transaction in
            do {
                try transaction.attempt {
                    try transaction.connection.lock([b])
                    throw Full()
                }
            } catch is Full {}
            try transaction.connection.lock([a])
            hasBegun.continuation.yield()
            mayEnd.wait()
        }
        for await _ in hasBegun.stream { break }
        try await other.write(under: [b], until: .now) { _ in }
        mayEnd.signal()
        try await holding
    }

    @Test func `a read that must be settled waits for those that write`() async throws {
        let (one, other) = (try open(), try open())
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let holding: Void = one.write(under: [a], until: nil) { connection in
            try connection.execute("INSERT INTO note (text) VALUES ('one')")
            hasBegun.continuation.yield()
            mayEnd.wait()
        }
        for await _ in hasBegun.stream { break }
        async let seen: [String] = other.read(settledIf: { _ in true }) { connection in
            try connection.query("SELECT text FROM note").map { try $0(0) }
        }
        let isWaiting: @Sendable () async throws -> Bool = {
            try await one.read { connection in
                try !connection.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").isEmpty
            }
        }
        try await eventually { try await isWaiting() }
        mayEnd.signal()
        try await holding
        #expect(try await seen == ["one"])
    }
}
