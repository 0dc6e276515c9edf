internal import SQL
public import TaskFlow

/// A run whose holder has died, and on which programs still work that it executed.
public struct LeftFlow: Sendable {
    /// The run.
    public let flow: FlowDetail
    private let programs: any LeftPrograms

    init(_ flow: FlowDetail, _ programs: any LeftPrograms) {
        self.flow = flow
        self.programs = programs
    }

    /// The programs, for people.
    public var holder: String { "\(programs)" }

    /// Waits until the programs have ended, and ends those that take longer than their callers allowed. Returns whether the
    /// run can be taken up.
    ///
    /// - Throws: `CancellationError`.
    public func waitForPrograms() async throws -> Bool { try await programs.waitForEnd() }
}

extension SQLStore {
    /// The unfinished runs whose holder is gone, but not the programs that it executed, oldest first.
    public func left() async throws -> [LeftFlow] {
        try await database.read { [liveness] connection in
            try FlowTable(connection: connection).unfinished()
                .compactMap { run in
                    liveness.programs(leftBy: run.ownerLock).map { LeftFlow(run.detail, $0) }
                }
        }
    }

    /// Whether somebody waits for what is left behind, in this process or in another.
    public var isWatched: Bool { liveness.isWatched }

    /// Runs `body`, which waits for what is left behind; `nil`, and nothing is run, if somebody does so already, in
    /// this process or in another.
    public func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? {
        try await liveness.watching(body)
    }
}
