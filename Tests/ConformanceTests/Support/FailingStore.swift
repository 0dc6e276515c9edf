import TaskFlow

/// A store that fails at one transaction, like a store whose process dies.
actor FailingStore<Base: FlowStore>: FlowStore {
    struct Death: StoreError {
        var concernsStore: Bool { true }
    }

    enum Moment: CaseIterable {
        /// The transaction is not stored.
        case instead
        /// The transaction is stored, but the caller gets an error.
        case afterwards
    }

    private let base: Base
    private var remaining: Int
    private let moment: Moment

    /// - Parameter transaction: the number of the transaction that fails, from 1.
    init(_ base: Base, at transaction: Int, _ moment: Moment) {
        self.base = base
        self.moment = moment
        remaining = transaction
    }

    var hasFailed: Bool { remaining <= 0 }

    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (Base.Transaction) throws -> Result
    ) async throws -> Result {
        remaining -= 1
        let isLast = remaining == 0
        if isLast, moment == .instead { throw Death() }
        let result = try await base.transact(body)
        if isLast { throw Death() }
        return result
    }

    func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await base.load(flow)
    }

    func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await base.claim(flow, under: lease)
    }

    nonisolated func release(_ claim: Claim) { base.release(claim) }

    func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }
}
