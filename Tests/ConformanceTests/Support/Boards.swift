import SQLStore
import SQLite
import Synchronization
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

/// What a board has told, as `EVENT job by whom`.
final class JobTrace: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }

    init(_ board: any JobBoard, _ events: Set<JobEvent>? = nil) {
        board.notifier.register(events) { change in
            self.recorded.withLock { $0.append("\(change.kind.rawValue) \(change.job.name) by \(change.by)") }
        }
    }
}

/// A job to run a flow that nobody knows.
func job(_ name: String, _ priority: JobPriority = .normal) -> Job {
    Job(name, details: JobDetails(flow: "flow", request: "{}"), priority: priority, by: "poster")
}
