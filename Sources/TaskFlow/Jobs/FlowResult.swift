/// What is known of a run to those who did not run it.
public struct FlowResult: Sendable {
    /// The run: its state, its request.
    public let detail: FlowDetail
    /// Its steps.
    public let atoms: [AtomDetail]

    /// Where the run is.
    public var state: FlowState { detail.state }

    /// What went wrong in the executions of steps, in the order of the steps; none after a success.
    public var failures: [Failure] { state == .success ? [] : atoms.compactMap(\.failure) }

    /// What went wrong in the reverts of steps: after these, something is left behind.
    public var revertFailures: [Failure] { atoms.compactMap(\.revertFailure) }

    /// What the step of that name gave; `nil` if it gave nothing, or that was reverted.
    ///
    /// - Throws: `DecodingError` when the step gave something else.
    public func output<Output: Fields>(of step: String, as type: Output.Type = Output.self) throws -> Output? {
        guard let atom = atoms.first(where: { $0.name == step }), atom.state == .success else { return nil }
        return try FieldMap<Output>().decode(atom.results ?? "{}")
    }
}

extension FlowStore {
    /// What has come of a run so far; `nil` if there is none.
    public func result(of flow: FlowID) async throws -> FlowResult? {
        try await load(flow)
            .map { detail, journal in
                FlowResult(detail: detail, atoms: AtomDetail.details(of: detail, journal: journal))
            }
    }
}

extension JobBoard {
    /// Waits until a job has left the board, and gives what came of its flow.
    ///
    /// - Returns: `nil` if the job was not done in time.
    /// - Throws: ``TrashedJob`` when nobody could do it; what the board and the store throw, and `CancellationError`.
    public func result(
        of job: Job,
        in store: some FlowStore,
        atMost timeout: Duration
    ) async throws -> FlowResult? {
        guard try await waitForEnd(of: job.id, atMost: timeout) else { return nil }
        return try await store.result(of: job.details.run)
    }
}
