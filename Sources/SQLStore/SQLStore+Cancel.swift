internal import FoundationEssentials
public import Identity
internal import SQL
public import TaskFlow

/// What has come of asking for a run to be reverted.
public enum CancelAnswer: Sendable, Hashable {
    /// It is recorded: the run is reverted, if need be by another process than the one that holds it now.
    case recorded
    /// There is no such run.
    case unknown
    /// The run has finished.
    case finished(FlowState)
    /// A step has been started from which on it can't be taken back.
    case tooLate(step: String)
}

/// Where a run is, for somebody who waits for it.
public struct FlowProgress: Sendable, Hashable {
    /// The run.
    public let detail: FlowDetail
    /// Whether nobody is at work on it although it has not finished.
    public let isLeftAlone: Bool
}

extension SQLStore {
    /// How long a suspended run may be on its way to another process before it counts as left alone.
    private static let handOverTime: TimeInterval = 5

    /// Asks whoever holds the run, or takes it up, to revert it. Recorded, this outlives every process.
    ///
    /// - Parameter step: the step from whose start on the run can't be taken back; `nil` if it always can.
    public func requestCancel(_ flow: FlowID, unlessStarted step: String?) async throws -> CancelAnswer {
        try await transact { transaction in
            let table = transaction.flows
            guard let state = try table.find(flow)?.detail.state else { return .unknown }
            guard !state.isFinished else { return .finished(state) }
            if let step, try table.hasStarted(step, of: flow) { return .tooLate(step: step) }
            try table.requestCancel(flow, at: Date())
            return .recorded
        }
    }

    /// Whether somebody has asked for the run to be reverted.
    public func isCancelRequested(_ flow: FlowID) async throws -> Bool {
        try await read { try FlowTable(connection: $0).isCancelRequested(flow) }
    }

    /// Where the run is; `nil` if there is none.
    public func progress(of flow: FlowID) async throws -> FlowProgress? {
        try await read { [self] connection in
            guard let (detail, lock) = try FlowTable(connection: connection).find(flow) else { return nil }
            return FlowProgress(detail: detail, isLeftAlone: isLeftAlone(detail, lock, in: connection))
        }
    }

    /// The runs that were suspended for another process which has not taken them up, oldest first.
    public func suspended() async throws -> [FlowDetail] {
        try await read { connection in
            let table = FlowTable(connection: connection)
            return try table.suspended(before: Date() - Self.handOverTime).compactMap { try? table.find($0)?.detail }
        }
    }

    private func isLeftAlone(_ flow: FlowDetail, _ lock: Int64, in connection: any SQLConnection) -> Bool {
        guard !flow.state.isFinished else { return false }
        guard flow.state.isAtRest else { return isFree(flow.id, lock, in: connection) }
        return abs(flow.updatedAt.timeIntervalSinceNow) > Self.handOverTime
    }
}
