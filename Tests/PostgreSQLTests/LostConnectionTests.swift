import PostgreSQL
import SQL
import Synchronization
import TestKit
import Testing

/// Connections that are lost at any time, above all at a commit.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct PostgreSQLLostConnectionTests {
    /// The test's database, with faults at its commits.
    private final class Scene: Sendable {
        let interposer: Interposer
        let database: PostgreSQLDatabase
        private let faults: Faults

        /// The fault of the next commit.
        private final class Faults: Sendable {
            let next = Mutex<Interposer.Fault?>(nil)
        }

        init() throws {
            let (interposer, faults) = (try Interposer(to: Server.socket), Faults())
            (self.interposer, self.faults) = (interposer, faults)
            database = try Server.open(by: interposer) { moment in
                guard moment == .before, let fault = faults.next.withLock({ $0.take() }) else { return }
                interposer.next(fault)
            }
        }

        deinit { interposer.close() }

        /// Causes a fault at the next commit.
        func arm(_ fault: Interposer.Fault) { faults.next.withLock { $0 = fault } }
    }

    @Test func `a commit that the server has made counts, although its answer is lost`() async throws {
        let scene = try Scene()
        scene.arm(.loseAnswer)
        try await scene.database.note("one")
        #expect(try await scene.database.notes == ["one"])
        #expect(scene.database.commitCount == 1)
    }

    @Test func `a commit that does not reach the server has no effect, and its caller knows that`() async throws {
        let scene = try Scene()
        scene.arm(.loseMessage)
        let error = await #expect(throws: SQLError.self) { try await scene.database.note("one") }
        #expect(error?.code == .connectionLost)
        try await scene.database.note("two")
        #expect(try await scene.database.notes == ["two"])
    }

    @Test func `a commit that reaches the server after its caller was told of the failure has no effect`() async throws
    {
        let scene = try Scene()
        scene.arm(.delayMessage)
        let error = await #expect(throws: SQLError.self) { try await scene.database.note("one") }
        #expect(error?.code == .connectionLost)
        scene.interposer.deliver()
        try await scene.database.note("two")
        #expect(try await scene.database.notes == ["two"])
    }

    @Test func `a connection that is lost between transactions is made anew, unseen by the next ones`() async throws {
        let scene = try Scene()
        try await scene.database.note("one")
        scene.interposer.next(.loseMessage)
        try await scene.database.note("two")
        scene.interposer.next(.loseMessage)
        #expect(try await scene.database.notes == ["one", "two"])
    }

    @Test func `a connection that is lost in a body has no effect`() async throws {
        let scene = try Scene()
        let error = await #expect(throws: SQLError.self) {
            try await scene.database.write(until: nil) { connection in
                try connection.execute("INSERT INTO note (text) VALUES (?)", "one")
                scene.interposer.next(.loseMessage)
                try connection.execute("INSERT INTO note (text) VALUES (?)", "two")
            }
        }
        #expect(error?.code == .connectionLost)
        #expect(try await scene.database.notes == [])
    }

    @Test func `a server that does not answer is not waited for by those who only look`() throws {
        let scene = try Scene()
        scene.interposer.next(.hang)
        let address = ServerAddress(try Server.uri + "&host=127.0.0.1&port=\(scene.interposer.port)")
        let error = #expect(throws: SQLError.self) { try PostgreSQLDatabase.peek(at: address) { _ in } }
        #expect(error?.code == .cannotOpen)
    }
}
