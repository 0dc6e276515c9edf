internal import FoundationEssentials
public import Identity
internal import SQL
public import TaskFlow

extension SQLTransaction {
    /// Notes that nobody has to care for the failed runs any more whose request mentions `text`.
    public func resolveFailures(mentioning text: String, note: String) throws {
        try flows.resolveFailures(mentioning: text, note: note, at: Date())
    }
}

extension SQLStore {
    /// Whether the run has failed or not finished, and nothing has been done about that: told also of one that can't be
    /// read. `false` if there is none.
    public func isOpen(_ flow: FlowID) async throws -> Bool {
        try await read { try FlowTable(connection: $0).holder(of: flow)?.isOpen ?? false }
    }

    /// Whether there is such a run and it is of the scope, told also of one that can't be read.
    public func contains(_ flow: FlowID, in scope: String) async throws -> Bool {
        try await read { try FlowTable(connection: $0).contains(flow, in: scope) }
    }

    /// Gives up a run that can't be carried on or reverted, or not even read: it is `FAILURE` from then on, and `note` says
    /// why.
    ///
    /// - Parameter body: writes what follows from that, in the same transaction.
    /// - Throws: ``ClaimRefused`` when its holder is alive, or there is no such run; what `body` throws.
    public func abandon<Result: Sendable>(
        _ flow: FlowID,
        note: String,
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        let claim: Claim
        do {
            claim = try await self.claim(flow)
        } catch is UnreadableRow {
            return try await abandon(unreadable: flow, note: note, body)
        }
        defer { release(claim) }
        return try await transact { transaction in
            try transaction.hold(claim)
            try transaction.flows.resolve(flow, note: note, at: Date())
            return try body(transaction)
        }
    }

    private func abandon<Result: Sendable>(
        unreadable flow: FlowID,
        note: String,
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        try await transact { [self] transaction in
            guard let (owner, lock, _) = try transaction.flows.holder(of: flow) else {
                throw ClaimRefused(flow, .unknown)
            }
            guard isFree(flow, lock, in: transaction.connection) else {
                throw ClaimRefused(flow, .held(by: holder(owner, lock)))
            }
            try transaction.flows.seize(flow)
            try transaction.flows.resolve(flow, note: note, at: Date())
            return try body(transaction)
        }
    }
}
