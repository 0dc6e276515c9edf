internal import SQL
public import TaskFlow

/// A run whose holder has died while programs that it executed are still running.
public struct LeftFlow: Sendable {
    /// The run.
    public let flow: FlowDetail
    private let programs: any LeftPrograms

    init(_ flow: FlowDetail, _ programs: any LeftPrograms) {
        self.flow = flow
        self.programs = programs
    }

    /// The programs, as a message names them.
    public var holder: String { "\(programs)" }

    /// Waits until the programs have ended, and ends those that exceed the time limits of their calls.
    ///
    /// - Returns: whether all have ended, so that the run can be claimed.
    ///
    /// - Throws: `CancellationError`.
    public func waitForPrograms() async throws -> Bool { try await programs.waitForEnd() }
}

extension SQLStore {
    /// Returns the runs that are not at rest and whose holder is gone, but has left programs running, oldest first.
    public func left() async throws -> [LeftFlow] {
        try await database.read { [liveness] connection in
            try FlowTable(connection: connection).unfinished()
                .compactMap { run in
                    liveness.programs(leftBy: run.ownerLock).map { LeftFlow(run.detail, $0) }
                }
        }
    }

    /// Whether a task of this or another process is waiting for programs that were left running.
    public var isWatched: Bool { liveness.isWatched }

    /// Runs `body`, which waits for programs that were left running; returns `nil` without running it if a task of this
    /// or another process does that.
    public func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? {
        try await liveness.watching(body)
    }
}
