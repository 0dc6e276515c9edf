internal import FoundationEssentials
public import Identity
public import TaskFlow

extension SQLTransaction {
    /// Notes that nobody has to care for the failed runs any more whose request mentions `text`.
    public func resolveFailures(mentioning text: String, note: String) throws {
        try flows.resolveFailures(mentioning: text, note: note, at: Date())
    }
}

extension SQLStore {
    /// Gives up a run that can't be carried on or reverted: it is `FAILURE` from then on, and `note` says why.
    ///
    /// - Parameter body: writes what follows from that, in the same transaction.
    /// - Throws: ``ClaimRefused`` when its holder is alive, or there is no such run; what `body` throws.
    public func abandon<Result: Sendable>(
        _ flow: FlowID,
        note: String,
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws -> Result {
        let claim = try await claim(flow)
        defer { release(claim) }
        return try await transact { transaction in
            try transaction.hold(claim)
            try transaction.flows.resolve(flow, note: note, at: Date())
            return try body(transaction)
        }
    }
}
