internal import FoundationEssentials
public import Identity
public import SQL
internal import Synchronization
public import TaskFlow

/// Keeps flows, and whatever else its schemas hold, in an SQL database.
public final class SQLStore: FlowStore {
    let database: any SQLDatabase
    let liveness: any Liveness
    /// The flows that engines of this process hold, each with the epoch of its claim.
    private let held = Mutex<[FlowID: Int]>([:])

    /// When the task's calls stop waiting for other processes to end their writing; `nil` for as long as the database waits.
    @TaskLocal package static var writeDeadline: ContinuousClock.Instant?

    /// A store in `database`, whose tables are made or brought up to date.
    ///
    /// - Parameter schemas: the tables that steps use beside those of the flows.
    /// - Throws: ``SQLError``; `schemaFromTheFuture` when a newer program has changed a table.
    public init(_ database: any SQLDatabase, schemas: [Schema] = []) throws {
        try database.install([FlowTable.schema, JobTable.schema] + schemas)
        self.database = database
        liveness = database.liveness
    }

    /// Whether the store can only be read.
    public var isReadOnly: Bool { database.isReadOnly }

    /// Refuses what needs room to stay, if there is hardly any: what frees room has to be possible afterwards.
    ///
    /// - Throws: ``SQLError``: `full`.
    public func requireRoom() throws { try database.requireRoom() }

    /// Ends the use of the database, so that a copy of its files is complete unless another process uses it. To be called
    /// when nothing is to be written any more.
    public func close() async { await database.close() }

    /// Writes a copy of the database as it is now to a file that isn't there, and checks the copy.
    ///
    /// - Throws: ``SQLError``: `exists` when there is such a file.
    public func backup(to path: String) async throws { try await database.backup(to: path) }

    /// Runs `body` in a transaction.
    public func transact<Result: Sendable>(
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        try await write { [liveness] connection, holding in
            try body(SQLTransaction(connection: connection, owner: liveness.own, holding: holding))
        }
    }

    /// Runs `body` on one unchanging state of the database. What it writes is refused.
    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await database.read(body)
    }

    /// The run and its journal; `nil` if there is none.
    public func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await database.read { connection in
            let table = FlowTable(connection: connection)
            guard let found = try table.find(flow) else { return nil }
            return (found.detail, try table.journal(of: flow).complete())
        }
    }

    /// The run and as much of its journal as can be read; `nil` if there is none.
    public func history(of flow: FlowID) async throws -> (detail: FlowDetail, journal: Listing<JournalEntry>)? {
        try await database.read { connection in
            let table = FlowTable(connection: connection)
            guard let found = try table.find(flow) else { return nil }
            return (found.detail, try table.journal(of: flow))
        }
    }

    /// Takes over a run whose holder is gone, or has lost the job to who has `lease`.
    public func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await write { [self] connection, holding in
            let table = FlowTable(connection: connection)
            guard let (detail, lock) = try table.find(flow) else { throw ClaimRefused(flow, .unknown) }
            guard !detail.outranks(lease), detail.yields(to: lease) || isFree(flow, lock, in: connection) else {
                throw ClaimRefused(flow, .held(by: holder(detail.owner, lock)))
            }
            let claim = try table.claim(detail, owner: liveness.own, lease: lease)
            holding(claim)
            return claim
        }
    }

    /// Has programs that steps execute hold what their process holds, until they have ended.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await liveness.holding(body)
    }

    /// Gives up a claim.
    public func release(_ claim: Claim) {
        held.withLock { if $0[claim.flow] == claim.epoch { $0[claim.flow] = nil } }
    }

    /// The unfinished runs whose holder is gone and that can be read, oldest first, without their shapes.
    public func abandoned() async throws -> [FlowDetail] { try await abandonedFlows().readable }

    /// The unfinished runs whose holder is gone, oldest first, and those that may be unfinished but can't be read.
    public func abandonedFlows() async throws -> Listing<FlowDetail> {
        try await database.read { [self] connection in
            try FlowTable(connection: connection).unfinished()
                .mapReadable { flows in
                    flows.filter { isFree($0.detail.id, $0.ownerLock, in: connection) }.map(\.detail)
                }
        }
    }

    /// The flows, newest first, without their shapes.
    public func flows(in scope: String? = nil, limit: Int) async throws -> Listing<FlowDetail> {
        try await flows(in: scope, before: .max, limit: limit).0
    }

    /// The flows that were stored before the one with this number, newest first, without their shapes.
    ///
    /// - Parameter scope: whose flows; `nil` for all.
    /// - Returns: the flows, and the number of the last of them, before which the list goes on.
    public func flows(
        in scope: String? = nil,
        before number: Int64,
        limit: Int
    ) async throws -> (Listing<FlowDetail>, last: Int64?) {
        try await database.read { try FlowTable(connection: $0).list(in: scope, before: number, limit: limit) }
    }

    /// The flows whose id starts with `prefix`; at most `limit`.
    public func flows(
        in scope: String? = nil,
        startingWith prefix: String,
        limit: Int
    ) async throws -> Listing<FlowDetail> {
        let prefix = prefix.lowercased()
        return try await database.read { try FlowTable(connection: $0).list(in: scope, prefix: prefix, limit: limit) }
    }

    /// Runs `body`, which tells what it takes hold of: known at once, so that nobody of this process takes it, too, and
    /// forgotten if the transaction comes to nothing.
    private func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection, @escaping (Claim) -> Void) throws -> Result
    ) async throws -> Result {
        let taken = TakenClaims()
        do {
            return try await database.write(until: Self.writeDeadline) { [self] connection in
                try body(connection) { [self] claim in
                    taken.claims.withLock { $0.append(claim) }
                    held.withLock { $0[claim.flow] = claim.epoch }
                }
            }
        } catch {
            for claim in taken.claims.withLock({ $0 }) { release(claim) }
            throw error
        }
    }

    /// Whether the process that is recorded under the number is gone. Never true of this process.
    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool { liveness.isGone(owner, in: connection) }

    /// Whether nobody who is alive runs the flow.
    func isFree(_ flow: FlowID, _ owner: Int64, in connection: any SQLConnection) -> Bool {
        // At rest it is held by nobody.
        if owner == 0 { return true }
        return owner == liveness.own.number ? held.withLock { $0[flow] == nil } : isGone(owner, in: connection)
    }

    /// Who holds what is recorded for the process called `label`, for people.
    func holder(_ label: String, _ owner: Int64) -> String {
        liveness.programs(leftBy: owner).map { "\($0), which \(label) has left behind" } ?? label
    }
}

/// What a transaction has taken hold of.
private final class TakenClaims: Sendable {
    let claims = Mutex<[Claim]>([])
}

/// A transaction of an ``SQLStore``: what transactional steps write in.
public final class SQLTransaction: FlowTransaction {
    /// Where to send statements. Not to be kept beyond the transaction.
    public let connection: any SQLConnection
    private let owner: Owner
    private let holding: (Claim) -> Void
    private var depth = 0

    init(connection: any SQLConnection, owner: Owner, holding: @escaping (Claim) -> Void) {
        self.connection = connection
        self.owner = owner
        self.holding = holding
    }

    var flows: FlowTable { FlowTable(connection: connection) }

    /// Stores a new run, held by this process.
    public func insert(_ flow: FlowDetail) throws {
        if let book = flow.book { try LogBookTable(connection: connection).require(book) }
        try flows.insert(flow, owner: owner)
        holding(Claim(flow: flow.id, epoch: 1))
    }

    /// Makes sure that the claim is still good.
    public func hold(_ claim: Claim) throws { try flows.hold(claim) }

    /// Whether ``SQLStore/requestCancel(_:unlessStarted:)`` has been called for the run.
    public func isCancelRequested(_ flow: FlowID) throws -> Bool { try flows.isCancelRequested(flow) }

    /// Adds to a run's journal.
    public func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws {
        for (number, entry) in zip((count + 1)..., entries) { try flows.append(entry, number: number, to: flow) }
    }

    /// Records where a run is.
    public func record(_ state: FlowState, of flow: FlowID) throws { try flows.record(state, of: flow, at: Date()) }

    /// Makes a run one of another version.
    public func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws {
        try flows.rewrite(flow, journal: journal)
    }

    /// Undoes what `body` wrote if it throws.
    public func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        let savepoint = "attempt\(depth)"
        try connection.execute("SAVEPOINT \(savepoint)")
        do {
            let result = try body()
            try connection.execute("RELEASE \(savepoint)")
            return result
        } catch {
            try connection.undo(to: savepoint, because: error)
            throw error
        }
    }
}
