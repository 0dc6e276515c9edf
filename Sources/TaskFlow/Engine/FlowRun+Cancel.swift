/// The run is reverted because its cancellation was requested (``FlowDetail/cancelRequestedAt``).
public struct FlowCancelled: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The message for a person: what failed and why.
    public var description: String { "the flow was cancelled" }
}

extension FlowRun {
    /// Reverts the whole run, as after a failure that no retry resolves. Does nothing if the whole run is being
    /// reverted already.
    ///
    /// The journal records it as a failure without a step, so that an engine that resumes the run continues the revert.
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
