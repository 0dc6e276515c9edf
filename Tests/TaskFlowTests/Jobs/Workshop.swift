import Identity
import Logging
import Synchronization
import TaskFlow
import TestKit

/// A board, a store, and conductors that know a few flows.
final class Workshop: Sendable {
    let clock = WallClock()
    let store = LedgerStore()
    let trace = Trace()
    let board: MemoryJobBoard
    private let known: Mutex<FlowRegistry>

    init(_ flows: any RegisteredFlow...) {
        board = MemoryJobBoard { [clock] in clock.now }
        var registry = FlowRegistry()
        for flow in flows { registry.register(flow) }
        known = Mutex(registry)
    }

    func register(_ flow: any RegisteredFlow) { known.withLock { $0.register(flow) } }

    func conductor(
        _ name: String = "conductor",
        simultaneousJobs: Int = 1,
        lease: Duration = .seconds(30),
        listeners: @escaping @Sendable (Job) -> [any Listener] = { _ in [] }
    ) -> Conductor<MemoryJobBoard, LedgerStore> {
        conductor(name, board, store, simultaneousJobs: simultaneousJobs, lease: lease, listeners: listeners)
    }

    func conductor<Board: JobBoard, Store: FlowStore>(
        _ name: String,
        _ board: Board,
        _ store: Store,
        simultaneousJobs: Int = 1,
        lease: Duration = .seconds(30),
        listeners: @escaping @Sendable (Job) -> [any Listener] = { _ in [] }
    ) -> Conductor<Board, Store> {
        let conductor = Conductor(
            named: name,
            board: board,
            flows: known.withLock { $0 },
            store: store,
            options: ConductorOptions(
                simultaneousJobs: simultaneousJobs,
                lease: lease,
                waitTimeout: .milliseconds(5)
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            listeners: listeners
        )
        conductor.notifier.register { [trace] change in
            let facts = [change.state?.rawValue, change.reason].compactMap { $0 }.map { ": \($0)" }
            trace.note("\(change.job.name) \(change.kind.rawValue)\(facts.joined())")
        }
        return conductor
    }

    @discardableResult
    func post(_ name: String, _ details: JobDetails, _ priority: JobPriority = .normal) async throws -> Job {
        let job = Job(name, details: details, priority: priority, by: "poster")
        try await board.post(job)
        return job
    }

    @discardableResult
    func post<Request>(_ name: String, running flow: Flow<Request>, _ request: Request) async throws -> Job {
        let job = try Job(name, running: flow, request: request, by: "poster")
        try await board.post(job)
        return job
    }

    /// What the conductors did with the job.
    func lines(_ job: String) -> [String] {
        trace.lines.filter { $0.hasPrefix(job + " ") }.map { String($0.dropFirst(job.count + 1)) }
    }
}
