internal import FoundationEssentials
public import Identity
public import SQL
internal import Synchronization
public import TaskFlow

/// A store in an SQL database, for flows and for the tables of further schemas.
public final class SQLStore: FlowStore {
    let database: any SQLDatabase
    let liveness: any Liveness
    /// The flows that engines of this process hold.
    private let held = Mutex<[FlowID: Hold]>([:])

    /// The hold of a flow. A transaction registers it before it is certain that its claim is the flow's newest: another one
    /// may have the same claim.
    private struct Hold {
        let epoch: Int
        var count = 1
    }

    /// The time at which the task's calls stop waiting for other processes that write; `nil` if only the database's
    /// limit applies.
    @TaskLocal package static var writeDeadline: ContinuousClock.Instant?

    /// The user who makes the request that the task fulfils, for ``SQLTransaction/requester``.
    @TaskLocal package static var requester: String?

    /// The rehearsal that the task is part of; `nil` if what it writes is to be kept.
    @TaskLocal package static var rehearsal: StoreRehearsal?

    /// The schemas of the tables that every store has.
    package static let schemas = [FlowTable.schema, JobTable.schema]

    /// Creates a store in `database`, and creates or migrates its tables.
    ///
    /// - Parameter schemas: the schemas of further tables, which steps use.
    /// - Throws: ``SQLError``: `schemaFromTheFuture` if a newer program has migrated a table.
    public init(_ database: any SQLDatabase, schemas: [Schema] = []) throws {
        try database.install(Self.schemas + schemas)
        self.database = database
        liveness = database.liveness
    }

    /// Whether the store can only be read.
    public var isReadOnly: Bool { database.isReadOnly }

    /// Checks that there is enough free space to store something permanently, so that some is always left for removals.
    ///
    /// - Throws: ``SQLError``: `full` if there isn't.
    public func requireRoom() throws { try database.requireRoom() }

    /// Ends the use of the database, after the last write. A copy of its files is then complete, unless another process
    /// uses it.
    public func close() async { await database.close() }

    /// Reads all that is stored, and checks what the database can check of it.
    public func examine() async throws -> DatabaseCondition { try await database.examine() }

    /// Writes a copy of the database to a new file, and checks the copy.
    ///
    /// - Throws: ``SQLError``: `exists` if there is a file at `path`.
    public func backup(to path: String) async throws {
        guard let rehearsal = Self.rehearsal else { return try await database.backup(to: path) }
        try database.requireBackup(canBeWrittenTo: path)
        rehearsal.noteWrite()
    }

    /// Runs `body` in a transaction, while nobody else writes.
    public func transact<Result: Sendable>(
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        try await transact(under: nil, body)
    }

    /// Runs `body` in a transaction, beside those that reach something else. A scope has a key of its own (``SQLKey/scope(_:)``).
    public func transact<Result: Sendable>(
        reaching reach: TransactionReach,
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        switch reach {
        case .run: try await transact(under: [], body)
        case .scope(let scope): try await transact(under: [.scope(scope)], body)
        case .everything: try await transact(under: nil, body)
        }
    }

    /// Runs `body` in a transaction, beside those with other keys.
    ///
    /// - Parameter keys: what the body relies on and changes, except for runs under their claims; `nil` for anything.
    public func transact<Result: Sendable>(
        under keys: [SQLKey]?,
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        // The body runs outside of the task.
        let (requester, rehearsal) = (Self.requester, Self.rehearsal)
        return try await write(under: keys) { [liveness] connection, holding in
            let transaction = SQLTransaction(
                connection: connection,
                owner: liveness.own,
                requester: requester,
                holding: holding
            )
            let result = try body(transaction)
            try rehearsal?.check(transaction)
            return result
        }
    }

    /// Runs `body` on a snapshot of the database. Writes are refused.
    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await database.read(body)
    }

    /// Runs `body` on a snapshot of the database; if its result `mustBeSettled`, no row with a smaller number than those that it
    /// sees appears later.
    public func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await database.read(settledIf: mustBeSettled, body)
    }

    /// Returns the run and its journal; `nil` if there is no such run.
    public func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await database.read { connection in
            let table = FlowTable(connection: connection)
            guard let found = try table.find(flow) else { return nil }
            return (found.detail, try table.journal(of: flow).complete())
        }
    }

    /// Returns the run and the readable part of its journal; `nil` if there is no such run.
    public func history(of flow: FlowID) async throws -> (detail: FlowDetail, journal: Listing<JournalEntry>)? {
        try await database.read { connection in
            let table = FlowTable(connection: connection)
            guard let found = try table.find(flow) else { return nil }
            return (found.detail, try table.journal(of: flow))
        }
    }

    /// Claims a run whose holder is gone, or has an older lease of the same job than `lease`.
    ///
    /// A process from which others may take over claims nothing, as they would take that over at once.
    public func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try liveness.confirm()
        return try await write(under: []) { [self] connection, holding in
            let table = FlowTable(connection: connection)
            // Those who claim the run at once, and its holder's last transaction, come one after the other.
            try table.lock(flow)
            guard let (detail, lock) = try table.find(flow) else { throw ClaimRefused(flow, .unknown) }
            guard !detail.outranks(lease), detail.yields(to: lease) || isFree(flow, lock, gone(in: connection))
            else {
                throw ClaimRefused(flow, .held(by: holder(detail.owner, lock)))
            }
            let claim = try table.claim(detail, owner: liveness.own, lease: lease)
            holding(claim)
            return claim
        }
    }

    /// Runs `body`. Programs that are executed in it count as holders of this process's runs until they have ended.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await liveness.holding(body)
    }

    /// Releases a claim.
    public func release(_ claim: Claim) {
        held.withLock { held in
            guard let hold = held[claim.flow], hold.epoch == claim.epoch else { return }
            held[claim.flow] = hold.count > 1 ? Hold(epoch: hold.epoch, count: hold.count - 1) : nil
        }
    }

    /// Checks that no other process can have claimed the run, by the liveness of this one.
    public func confirm(_ claim: Claim) throws { try liveness.confirm() }

    /// Whether others have taken over what this process held, for good: it can't write any more, and has to be started again.
    public var isReplaced: Bool { liveness.isReplaced }

    /// Returns the readable runs whose holder is gone and that are not at rest, oldest first, without their shapes.
    public func abandoned() async throws -> [FlowDetail] { try await abandonedFlows().readable }

    /// Returns the runs whose holder is gone and that are not at rest, oldest first, without their shapes, and the
    /// unreadable runs that may be among them.
    public func abandonedFlows() async throws -> Listing<FlowDetail> {
        try await database.read { [self] connection in
            try FlowTable(connection: connection).unfinished()
                .mapReadable { flows in
                    let isGone = gone(in: connection)
                    return flows.filter { isFree($0.detail.id, $0.ownerLock, isGone) }.map(\.detail)
                }
        }
    }

    /// Returns the runs that are not at rest, whether their holders are alive or not, oldest first, without their shapes; those
    /// that can't be read may be among them.
    package static func runsUnderWay(in connection: any SQLConnection) throws -> Listing<FlowDetail> {
        try FlowTable(connection: connection).unfinished().mapReadable { $0.map(\.detail) }
    }

    /// Returns the flows, newest first, without their shapes.
    public func flows(in scope: String? = nil, limit: Int) async throws -> Listing<FlowDetail> {
        try await flows(in: scope, before: .max, limit: limit).0
    }

    /// Returns the flows before the one with this number, newest first, without their shapes.
    ///
    /// - Parameter scope: the scope; all scopes if `nil`.
    /// - Returns: the flows, and the number of the last of them, before which the list continues.
    public func flows(
        in scope: String? = nil,
        before number: Int64,
        limit: Int
    ) async throws -> (Listing<FlowDetail>, last: Int64?) {
        try await database.read { try FlowTable(connection: $0).list(in: scope, before: number, limit: limit) }
    }

    /// Returns the flow's number, by which lists are ordered; `nil` if the scope has no such flow.
    public func number(of flow: FlowID, in scope: String) async throws -> Int64? {
        try await database.read { try FlowTable(connection: $0).number(of: flow, in: scope) }
    }

    /// Returns the flows whose id starts with `prefix`, at most `limit`.
    public func flows(
        in scope: String? = nil,
        startingWith prefix: String,
        limit: Int
    ) async throws -> Listing<FlowDetail> {
        let prefix = prefix.lowercased()
        return try await database.read { try FlowTable(connection: $0).list(in: scope, prefix: prefix, limit: limit) }
    }

    /// Runs `body`, and registers the claims that it makes at once, so that no other engine of this process can make
    /// them; releases them if the transaction fails.
    private func write<Result: Sendable>(
        under keys: [SQLKey]?,
        _ body: @escaping @Sendable (any SQLConnection, @escaping (Claim) -> Void) throws -> Result
    ) async throws -> Result {
        let (taken, rehearsal) = (TakenClaims(), Self.rehearsal)
        do {
            return try await database.write(under: keys, until: Self.writeDeadline) { [self] connection in
                let result = try body(connection) { [self] claim in
                    taken.claims.withLock { $0.append(claim) }
                    held.withLock { held in
                        let hold = held[claim.flow]
                        if let hold, hold.epoch > claim.epoch { return }
                        held[claim.flow] = Hold(
                            epoch: claim.epoch,
                            count: hold?.epoch == claim.epoch ? (hold?.count ?? 0) + 1 : 1
                        )
                    }
                }
                if let rehearsal {
                    rehearsal.noteWrite()
                    throw RolledBack(result: result)
                }
                return result
            }
        } catch {
            for claim in taken.claims.withLock({ $0 }) { release(claim) }
            if let end = error as? RolledBack<Result> { return end.result }
            throw error
        }
    }

    /// Returns a function that tells whether the process recorded under a number is gone; `false` for this process. It
    /// looks at each process once, since a few processes hold all runs and jobs, and must be used in one transaction.
    func gone(in connection: any SQLConnection) -> (Int64) -> Bool {
        var known: [Int64: Bool] = [:]
        return { [liveness] owner in
            if let isGone = known[owner] { return isGone }
            let isGone = liveness.isGone(owner, in: connection)
            known[owner] = isGone
            return isGone
        }
    }

    /// Whether no living process runs the flow.
    func isFree(_ flow: FlowID, _ owner: Int64, _ isGone: (Int64) -> Bool) -> Bool {
        // A flow at rest has no holder.
        if owner == 0 { return true }
        return owner == liveness.own.number ? held.withLock { $0[flow] == nil } : isGone(owner)
    }

    /// The holder of a flow that is recorded for the process `label`, as a message names it.
    func holder(_ label: String, _ owner: Int64) -> String {
        liveness.programs(leftBy: owner).map { "\($0), which \(label) has left behind" } ?? label
    }
}

/// The claims that a transaction has made.
private final class TakenClaims: Sendable {
    let claims = Mutex<[Claim]>([])
}

/// A transaction of an ``SQLStore``, in which transactional steps write.
public final class SQLTransaction: FlowTransaction {
    /// The connection of the transaction. It must not be used after the transaction.
    public let connection: any SQLConnection
    private let owner: Owner
    /// The user who made the request; `nil` if that is not known here, as in a recovery.
    package let requester: String?
    private let holding: (Claim) -> Void
    /// The run that the transaction has inserted, and its state.
    private(set) var begun: (flow: FlowDetail, state: FlowState)?

    init(
        connection: any SQLConnection,
        owner: Owner,
        requester: String?,
        holding: @escaping (Claim) -> Void
    ) {
        self.connection = connection
        self.owner = owner
        self.requester = requester
        self.holding = holding
    }

    var flows: FlowTable { FlowTable(connection: connection) }

    /// Stores a new run, held by this process.
    public func insert(_ flow: FlowDetail) throws {
        if let book = flow.book { try LogBookTable(connection: connection).require(book) }
        try flows.insert(flow, owner: owner)
        begun = (flow, flow.state)
        holding(Claim(flow: flow.id, epoch: 1))
    }

    /// Checks that the claim is still the newest of its run.
    public func hold(_ claim: Claim) throws { try flows.hold(claim) }

    /// Whether ``SQLStore/requestCancel(_:unlessStarted:)`` has been called for the run.
    public func isCancelRequested(_ flow: FlowID) throws -> Bool { try flows.isCancelRequested(flow) }

    /// Appends to a run's journal.
    public func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws {
        for (number, entry) in zip((count + 1)..., entries) { try flows.append(entry, number: number, to: flow) }
    }

    /// Records that a run waits for a place, and ends its claim.
    public func handOver(_ flow: FlowID, to place: Place) throws {
        try flows.record(.suspended, waitingFor: place, of: flow, at: Date())
        if begun?.flow.id == flow { begun?.state = .suspended }
    }

    /// Records the state of a run.
    public func record(_ state: FlowState, of flow: FlowID) throws {
        try flows.record(state, of: flow, at: Date())
        if begun?.flow.id == flow { begun?.state = state }
    }

    /// Replaces the version, request, shape and journal of a run.
    public func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws {
        try flows.rewrite(flow, journal: journal)
    }

    /// Runs `body`, and rolls its writes back if it throws.
    public func attempt<Result>(_ body: () throws -> Result) throws -> Result { try connection.attempt(body) }
}
