/// A store for the engine that runs a job: it claims runs under the job's lease, and refuses transactions once that is
/// lost.
///
/// The lease is checked before a transaction, which leaves a gap. The guarantee comes from the check within the
/// transaction, of the claim on the run: the next owner of the job claims the run with a larger epoch.
public struct LeasedStore<Base: FlowStore, Board: JobBoard>: FlowStore {
    private let base: Base
    private let keeper: LeaseKeeper<Board>

    /// Creates a store that uses `base` under the lease of `keeper`.
    public init(_ base: Base, _ keeper: LeaseKeeper<Board>) {
        self.base = base
        self.keeper = keeper
    }

    /// The job's lease.
    public var lease: Lease? { keeper.lease }

    /// Runs `body` in a transaction, if the lease is valid.
    public func transact<Result: Sendable>(
        _ body: @escaping @Sendable (Base.Transaction) throws -> Result
    ) async throws -> Result {
        try await keeper.confirm()
        return try await base.transact(body)
    }

    /// Runs `body` in a transaction of this reach, if the lease is valid.
    public func transact<Result: Sendable>(
        reaching reach: TransactionReach,
        _ body: @escaping @Sendable (Base.Transaction) throws -> Result
    ) async throws -> Result {
        try await keeper.confirm()
        return try await base.transact(reaching: reach, body)
    }

    /// Returns the run and its journal; `nil` if there is no such run.
    public func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await base.load(flow)
    }

    /// Claims a run, if the lease is valid.
    public func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await keeper.confirm()
        return try await base.claim(flow, under: lease)
    }

    /// Releases a claim.
    public func release(_ claim: Claim) { base.release(claim) }

    /// Checks that no other process can have claimed the run.
    public func confirm(_ claim: Claim) throws { try base.confirm(claim) }

    /// Returns the runs whose holder is gone and that are not at rest, oldest first.
    public func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }

    /// Runs `body` as the base store does.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await base.holding(body)
    }
}
