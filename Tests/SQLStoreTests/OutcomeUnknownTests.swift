import Identity
import SQL
import SQLStore
import Synchronization
import TaskFlow
import TestKit
import Testing

/// Commits of which nobody can say whether they have happened.
@Suite(.scratchDirectory)
struct OutcomeUnknownTests {
    /// A database that loses the answer to one commit, and can't find out what has become of it.
    final class UnsureDatabase: ForwardingDatabase {
        let base: any SQLDatabase
        private let isCommitted: Bool
        private let number: Int
        private let writes = Atomic(0)

        /// - Parameter number: the number of the commit, from 1.
        init(_ base: any SQLDatabase, at number: Int, isCommitted: Bool) {
            (self.base, self.number, self.isCommitted) = (base, number, isCommitted)
        }

        private struct RolledBack: Error {}

        private var outcomeUnknown: SQLError { SQLError(.outcomeUnknown, "the test wants it") }

        func write<Result: Sendable>(
            under keys: [SQLKey]?,
            until deadline: ContinuousClock.Instant?,
            _ body: @escaping @Sendable (any SQLConnection) throws -> Result
        ) async throws -> Result {
            guard writes.add(1, ordering: .relaxed).newValue == number else {
                return try await base.write(under: keys, until: deadline, body)
            }
            let isCommitted = isCommitted
            do {
                _ = try await base.write(under: keys, until: deadline) { connection in
                    _ = try body(connection)
                    if !isCommitted { throw RolledBack() }
                }
            } catch is RolledBack {}
            throw outcomeUnknown
        }
    }

    /// The second commit ends the flow.
    @Test(arguments: [1, 2], [true, false])
    func `the engine stops at the commit, and its run goes on from what is stored`(
        number: Int,
        isCommitted: Bool
    ) async throws {
        let calls = EngineTests.Calls()
        let flow = try Flow("unsure", taking: Text.self) {
            WriteNote()
            EngineTests.Make(calls: calls)
            Step(WriteNote(), named: "note-volume").reading(\.$text, from: "volume")
        }
        let (id, request) = (FlowID.random(), Text(text: "data"))
        let store = try Notes.open(UnsureDatabase(Notes.database(), at: number, isCommitted: isCommitted))
        let engine = try Engine(flow, request: request, id: id, in: store)
        let error = await #expect(throws: SQLError.self) { try await engine.run() }
        #expect(error?.code == .outcomeUnknown)
        // No step was begun or reverted after the commit.
        #expect(calls.all == (number == 1 ? [] : ["make"]))
        await #expect(throws: EngineUnavailable.self) { try await engine.run() }

        switch try await store.load(id)?.detail.state {
        case nil:
            #expect(number == 1 && !isCommitted)
            try await Engine(flow, request: request, id: id, in: store).run()
        case .success: #expect(number == 2 && isCommitted)
        default: try await Engine(resuming: id, with: flow.recipe, in: store).run()
        }
        #expect(try await store.load(id)?.detail.state == .success)
        #expect(try await store.notes() == ["data", "volume of data"])
        // A step whose outcome is not stored may have been begun before, and is repeated.
        #expect(calls.all == (number == 2 && !isCommitted ? ["make", "make"] : ["make"]))
    }
}
