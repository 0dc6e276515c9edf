import SQLStore
import TaskFlow
import TestKit

/// The kinds of job board.
enum BoardKind: CaseIterable {
    case memory
    /// In the test's database, a file or on a server.
    case database

    /// Opens an empty board of this kind.
    func open(_ clock: WallClock = WallClock()) throws -> any JobBoard {
        switch self {
        case .memory: MemoryJobBoard(now: { clock.now })
        case .database: SQLJobBoard(in: try SQLStore(TestDatabase.open()), now: { clock.now })
        }
    }
}

/// A job with a flow that no conductor knows.
func job(_ name: String, _ priority: JobPriority = .normal) -> Job {
    Job(name, details: JobDetails(flow: "flow", request: "{}"), priority: priority, by: "poster")
}
