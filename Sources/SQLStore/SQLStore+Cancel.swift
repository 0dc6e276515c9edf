internal import FoundationEssentials
public import Identity
internal import SQL
public import TaskFlow

/// The result of a request to cancel a run.
public enum CancelAnswer: Sendable, Hashable {
    /// The request is recorded: the run will be reverted, if necessary by another process than its current holder.
    case recorded
    /// There is no such run.
    case unknown
    /// The run has finished.
    case finished(FlowState)
    /// The run can no longer be cancelled, because this step has been started.
    case tooLate(step: String)
}

/// The progress of a run, for a process that waits for it.
public struct FlowProgress: Sendable, Hashable {
    /// The run's record.
    public let detail: FlowDetail
    /// Whether the run is unfinished and no process is running it, nor is one expected to: a run that waits for another
    /// place is left to those who serve that.
    public let isLeftAlone: Bool
}

extension SQLStore {
    /// The time in seconds after which a suspended run that no other process has resumed counts as left alone.
    private static let handOverTime: TimeInterval = 5

    /// Requests the cancellation of a run: its holder, or the next process that resumes it, reverts it. The request is
    /// stored.
    ///
    /// A run that waits for a place no longer does: what has been done elsewhere can be reverted even if nobody serves
    /// that place. If something has to be reverted there, the run is handed over again.
    ///
    /// - Parameter step: the step from whose start on the run can't be cancelled; `nil` if there is none.
    public func requestCancel(_ flow: FlowID, unlessStarted step: String?) async throws -> CancelAnswer {
        try await transact(reaching: .run) { transaction in
            let table = transaction.flows
            // An engine locks the run, too, before it looks for such a request and starts a step.
            try table.lock(flow)
            guard let state = try table.find(flow)?.detail.state else { return .unknown }
            guard !state.isFinished else { return .finished(state) }
            if let step, try table.hasStarted(step, of: flow) { return .tooLate(step: step) }
            try table.requestCancel(flow, at: Date())
            return .recorded
        }
    }

    /// Whether the cancellation of the run has been requested.
    public func isCancelRequested(_ flow: FlowID) async throws -> Bool {
        try await read { try FlowTable(connection: $0).isCancelRequested(flow) }
    }

    /// Returns the progress of a run; `nil` if there is no such run.
    ///
    /// - Parameter places: the places that the caller serves.
    public func progress(of flow: FlowID, serving places: Places = .all) async throws -> FlowProgress? {
        try await read { [self] connection in
            guard let (detail, lock) = try FlowTable(connection: connection).find(flow) else { return nil }
            return FlowProgress(detail: detail, isLeftAlone: isLeftAlone(detail, lock, places, in: connection))
        }
    }

    /// Returns the runs that were suspended, and that no other process has resumed within a few seconds, oldest first.
    ///
    /// - Parameter places: the places that the caller serves. Runs that wait for others aren't returned.
    public func suspended(serving places: Places = .all) async throws -> [FlowDetail] {
        try await read { connection in
            let table = FlowTable(connection: connection)
            return try table.suspended(before: Date() - Self.handOverTime, serving: places)
                .compactMap { try? table.find($0)?.detail }
        }
    }

    private func isLeftAlone(
        _ flow: FlowDetail,
        _ lock: Int64,
        _ places: Places,
        in connection: any SQLConnection
    ) -> Bool {
        guard !flow.state.isFinished else { return false }
        guard flow.state.isAtRest else { return isFree(flow.id, lock, gone(in: connection)) }
        guard places.serve(flow.place) else { return false }
        return abs(flow.updatedAt.timeIntervalSinceNow) > Self.handOverTime
    }
}
