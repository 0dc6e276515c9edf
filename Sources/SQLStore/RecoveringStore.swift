public import TaskFlow

/// An ``SQLStore`` for recovery: gives a run only while it is abandoned.
///
/// The list of abandoned runs is older than the claim: the holder may have finished the run in between, and ended.
public struct RecoveringStore: FlowStore {
    private let base: SQLStore

    /// - Parameter base: the store whose abandoned runs are to be carried on.
    public init(_ base: SQLStore) { self.base = base }

    /// Runs `body` in a transaction.
    public func transact<Result: Sendable>(
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        try await base.transact(body)
    }

    /// The run and its journal; `nil` if there is none.
    public func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await base.load(flow)
    }

    /// Takes over a run that has not come to rest and whose holder is gone.
    ///
    /// - Throws: ``ClaimRefused`` also when it has come to rest.
    public func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await base.claim(flow, under: lease, ifAbandoned: true)
    }

    /// Has programs that steps execute hold what their process holds, until they have ended.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await base.holding(body)
    }

    /// Gives up a claim.
    public func release(_ claim: Claim) { base.release(claim) }

    /// The unfinished runs whose holder is gone and that can be read, oldest first.
    public func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }
}
