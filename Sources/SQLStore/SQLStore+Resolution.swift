internal import FoundationEssentials
public import Identity
internal import SQL
public import TaskFlow

extension SQLTransaction {
    /// Records the resolution of all failed runs whose request contains `text`.
    ///
    /// - Parameter name: the name of the flow whose runs are meant; `nil` for any.
    public func resolveFailures(of name: String? = nil, mentioning text: String, note: String) throws {
        try flows.resolveFailures(of: name, mentioning: text, note: note, at: Date())
    }

    /// Moves the record of a run to another scope.
    public func move(_ flow: FlowID, toScope scope: String) throws { try flows.move(flow, to: scope) }
}

extension SQLStore {
    /// Whether the run is unfinished, or has failed without a resolution. It also works for a run that can't be read;
    /// `false` if there is no such run.
    public func isOpen(_ flow: FlowID) async throws -> Bool {
        try await read { try FlowTable(connection: $0).holder(of: flow)?.isOpen ?? false }
    }

    /// Whether the scope has such a run. It also works for a run that can't be read.
    public func contains(_ flow: FlowID, in scope: String) async throws -> Bool {
        try await read { try FlowTable(connection: $0).contains(flow, in: scope) }
    }

    /// Abandons a run that can't be continued, reverted or even read: records it as `FAILURE` with `note` as its
    /// resolution.
    ///
    /// - Parameter body: makes further changes in the same transaction.
    /// - Throws: ``ClaimRefused`` if the run's holder is alive, or there is no such run; the error of `body`.
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
            guard isFree(flow, lock, gone(in: transaction.connection)) else {
                throw ClaimRefused(flow, .held(by: holder(owner, lock)))
            }
            try transaction.flows.seize(flow)
            try transaction.flows.resolve(flow, note: note, at: Date())
            return try body(transaction)
        }
    }
}
