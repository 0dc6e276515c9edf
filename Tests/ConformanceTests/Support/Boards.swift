import SQLStore
import SQLite
import TaskFlow
import TestKit

/// The job boards that there are.
enum BoardKind: CaseIterable {
    case memory, sqlite

    /// A board of the kind that nothing is on.
    func open(_ clock: WallClock = WallClock()) throws -> any JobBoard {
        switch self {
        case .memory: MemoryJobBoard(now: { clock.now })
        case .sqlite:
            SQLJobBoard(in: try SQLStore(SQLiteDatabase(path: ScratchDirectory.path + "/jobs.db")), now: { clock.now })
        }
    }
}

/// A job to run a flow that nobody knows.
func job(_ name: String, _ priority: JobPriority = .normal) -> Job {
    Job(name, details: JobDetails(flow: "flow", request: "{}"), priority: priority, by: "poster")
}
