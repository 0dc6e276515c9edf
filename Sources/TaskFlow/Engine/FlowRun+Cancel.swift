/// A flow was asked to be reverted instead of being carried on (``FlowDetail/cancelRequestedAt``).
public struct FlowCancelled: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// For people: what failed, and why.
    public var description: String { "the flow was cancelled" }
}

extension FlowRun {
    /// Reverts all that has been done, as after a failure that no retry resolves. Nothing changes where all is being
    /// reverted already.
    ///
    /// It is noted in the journal as a failure of no step, so that whoever takes up the run goes on with the revert.
    mutating func cancel() {
        guard !machine.isGivenUpEntirely else { return }
        let failure = Failure(FlowCancelled(), in: "")
        departed.append(failure)
        machine.resolve(nil, by: .revertAll)
        let time = now()
        unsaved.append(
            JournalEntry(
                atom: "",
                state: .failure,
                startedAt: time,
                at: time,
                failure: failure,
                resolution: Resolution(.revertAll, by: nil)
            )
        )
    }
}
