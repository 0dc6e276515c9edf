/// A store as one who works on a job uses it: runs are held under the job's lease, and nothing is stored once it is lost.
///
/// The lease is looked at before a transaction. What is certain is what is checked within it, the claim of the run: whoever
/// gets the job next takes the run over with a larger epoch.
public struct LeasedStore<Base: FlowStore, Board: JobBoard>: FlowStore {
    private let base: Base
    private let keeper: LeaseKeeper<Board>

    /// The store `base`, for who has what `keeper` keeps.
    public init(_ base: Base, _ keeper: LeaseKeeper<Board>) {
        self.base = base
        self.keeper = keeper
    }

    /// The job's lease.
    public var lease: Lease? { keeper.lease }

    /// Runs `body` in a transaction, if the lease is still good.
    public func transact<Result: Sendable>(
        _ body: @escaping @Sendable (Base.Transaction) throws -> Result
    ) async throws -> Result {
        try await keeper.confirm()
        return try await base.transact(body)
    }

    /// The run and its journal; `nil` if there is none.
    public func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await base.load(flow)
    }

    /// Takes over a run, if the lease is still good.
    public func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await keeper.confirm()
        return try await base.claim(flow, under: lease)
    }

    /// Gives up a claim.
    public func release(_ claim: Claim) { base.release(claim) }

    /// The unfinished runs whose holder is gone, oldest first.
    public func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }

    /// Has what steps start count as a holder, as the base does.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await base.holding(body)
    }
}
