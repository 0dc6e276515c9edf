/// The stored result of a run, for processes that did not run it.
public struct FlowResult: Sendable {
    /// The run's record, with its state and its request.
    public let detail: FlowDetail
    /// The run's steps.
    public let atoms: [AtomDetail]

    /// The run's state.
    public var state: FlowState { detail.state }

    /// The failures of executions, in the order of the steps; none after a success.
    public var failures: [Failure] { state == .success ? [] : atoms.compactMap(\.failure) }

    /// The failures of reverts, in the order of the steps. These steps may have left effects behind.
    public var revertFailures: [Failure] { atoms.compactMap(\.revertFailure) }

    /// Returns the output of a step; `nil` if there is no such step, it has not succeeded, or it was reverted.
    ///
    /// - Throws: `DecodingError` if the step's output is not an `Output`.
    public func output<Output: Fields>(of step: String, as type: Output.Type = Output.self) throws -> Output? {
        guard let atom = atoms.first(where: { $0.name == step }), atom.state == .success else { return nil }
        return try FieldMap<Output>().decode(atom.results ?? "{}")
    }
}

extension FlowStore {
    /// Returns the result of a run so far; `nil` if there is no such run.
    public func result(of flow: FlowID) async throws -> FlowResult? {
        try await load(flow)
            .map { detail, journal in
                FlowResult(detail: detail, atoms: AtomDetail.details(of: detail, journal: journal))
            }
    }
}

extension JobBoard {
    /// Waits until a job has left the board, and returns the result of its flow.
    ///
    /// - Returns: `nil` if the job was not finished in time.
    /// - Throws: ``TrashedJob`` if no conductor could run it; the errors of the board and the store;
    ///   `CancellationError`.
    public func result(
        of job: Job,
        in store: some FlowStore,
        atMost timeout: Duration
    ) async throws -> FlowResult? {
        guard try await waitForEnd(of: job.id, atMost: timeout) else { return nil }
        return try await store.result(of: job.details.run)
    }
}
