internal import FoundationEssentials
internal import Identity
internal import RuleKit
internal import SQL
internal import TaskFlow

/// The environment of one rule's check: a fresh store, and functions to express expectations.
struct Bench: Sendable {
    let subject: StoreUnderTest
    /// The name of the rule's store.
    let name = OperationID.random().description
    /// The id of the run that most rules use.
    let id = FlowID.random()
    let time = Date(timeIntervalSince1970: 1_700_000_000)

    init(_ subject: StoreUnderTest) { self.subject = subject }

    /// The claim of the process that inserted the run.
    var first: Claim { Claim(flow: id, epoch: 1) }

    // MARK: - Stores

    func store() async throws -> any FlowStore { try await subject.open(name) }

    func logBooks() async throws -> any LogBookStore {
        guard let store = try await store() as? any LogBookStore else { throw Skip("it keeps no logbooks") }
        return store
    }

    /// Opens the rule's store twice, as two processes would.
    func stores() async throws -> (any FlowStore, any FlowStore) {
        guard subject.isShared else { throw Skip("it is its process's own") }
        return (try await store(), try await store())
    }

    /// Opens the rule's database, with a table `note`.
    func database(_ schemas: [Schema] = []) async throws -> any SQLDatabase {
        guard let database = try await subject.database?(name) else { throw Skip("it has no database") }
        try database.install([Self.notes] + schemas)
        return database
    }

    static let notes = Schema(name: "note", steps: ["CREATE TABLE note (text TEXT NOT NULL UNIQUE)"])

    // MARK: - Records

    func detail(_ id: FlowID, subject: String = "a 'name' 💾", createdAt: TimeInterval = 0) -> FlowDetail {
        FlowDetail(
            id: id,
            name: "flow",
            version: 3,
            subject: subject,
            request: #"{"size":1}"#,
            state: .running,
            createdAt: time + createdAt,
            updatedAt: time
        )
    }

    func entry(_ atom: String, _ state: AtomState, output: String? = nil, failure: Failure? = nil) -> JournalEntry {
        JournalEntry(atom: atom, state: state, startedAt: time, at: time + 1, output: output, failure: failure)
    }

    /// Opens the rule's store, and inserts the rule's run.
    func storeWithRun(under lease: Lease? = nil) async throws -> any FlowStore {
        let store = try await store()
        var detail = detail(id)
        detail.lease = lease
        try await store.insert(detail)
        return store
    }

    // MARK: - Expectations

    func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
        guard condition else { throw Breach(otherwise()) }
    }

    func expect<Value: Equatable>(_ found: Value, is expected: Value, _ what: String) throws {
        guard found == expected else { throw Breach("\(what): \(found), not \(expected)") }
    }

    /// Expects that `body` throws `error`.
    func expect<Failure: Error & Equatable>(
        _ error: Failure,
        from what: String,
        _ body: () async throws -> some Any
    ) async throws {
        try expect(try await failure(Failure.self, of: what, body), is: error, "\(what) throws")
    }

    /// Expects that `body` throws an error of `type`, and returns it.
    @discardableResult
    func failure<Failure: Error>(
        _ type: Failure.Type,
        of what: String,
        _ body: () async throws -> some Any
    ) async throws -> Failure {
        do {
            _ = try await body()
        } catch let error as Failure {
            return error
        } catch {
            throw Breach("\(what) throws '\(error)', which is not a \(type)")
        }
        throw Breach("\(what) succeeds")
    }

    func require<Value>(_ value: Value?, _ what: String) throws -> Value {
        guard let value else { throw Breach("\(what) is not there") }
        return value
    }
}

extension FlowStore {
    func insert(_ flow: FlowDetail) async throws {
        try await transact { try $0.insert(flow) }
    }

    /// Checks `claim`, makes the given writes, and then throws `error` if there is one.
    func write(
        _ entries: [JournalEntry],
        after count: Int = 0,
        _ state: FlowState? = nil,
        with claim: Claim,
        throwing error: (any Error)? = nil
    ) async throws {
        try await transact { transaction in
            try transaction.hold(claim)
            try transaction.append(entries, after: count, to: claim.flow)
            if let state { try transaction.record(state, of: claim.flow) }
            if let error { throw error }
        }
    }

    /// Makes `count` claims of the run at once, and returns those that succeed.
    func claimAtOnce(_ id: FlowID, _ count: Int) async -> [Claim] {
        await withTaskGroup { group in
            for _ in 1...count { group.addTask { try? await self.claim(id) } }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
    }
}

extension SQLDatabase {
    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result { try await write(until: nil, body) }

    func note(_ text: String) async throws { try await transact { try $0.note(text) } }

    /// The notes in the order of their text.
    func notes() async throws -> [String] { try await read { try $0.notes() } }
}

extension SQLConnection {
    func note(_ text: String) throws { try execute("INSERT INTO note (text) VALUES (?)", text) }

    func notes() throws -> [String] { try query("SELECT text FROM note ORDER BY text").map { try $0(0) } }
}

extension SQLConnection {
    /// The first column of the first row.
    func value<Value: SQLConvertible>(_ query: String) throws -> Value {
        guard let row = try self.query(query).first else { throw Breach("there is no row of: \(query)") }
        return try row(0)
    }
}
