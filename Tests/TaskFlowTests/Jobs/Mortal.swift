import Synchronization
import TaskFlow

/// The life of a process: after a number of calls of the board and the store it is over, and nothing that the process does
/// has an effect any more.
final class Life: Sendable {
    struct Death: StoreError {
        var concernsStore: Bool { true }
    }

    struct End {
        let call: Int
        let moment: LedgerStore.Moment
    }

    private let state: Mutex<(calls: Int, isOver: Bool, mourner: (@Sendable () -> Void)?)> = Mutex((0, false, nil))
    private let end: End?

    /// - Parameter end: the call at which it ends, counted from one; `nil` for never.
    init(until end: End?) { self.end = end }

    var isOver: Bool { state.withLock(\.isOver) }

    func onEnd(_ mourner: @escaping @Sendable () -> Void) { state.withLock { $0.mourner = mourner } }

    func call<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let (isLast, mourner) = try state.withLock { state in
            if state.isOver { throw Death() }
            state.calls += 1
            state.isOver = state.calls == end?.call
            return (state.isOver, state.mourner)
        }
        guard isLast, let end else { return try await body() }
        if end.moment == .afterwards { _ = try await body() }
        mourner?()
        throw Death()
    }
}

/// A store as a process sees it that dies.
struct MortalStore<Base: FlowStore>: FlowStore {
    let base: Base
    let life: Life

    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (Base.Transaction) throws -> Result
    ) async throws -> Result {
        try await life.call { try await base.transact(body) }
    }

    func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await life.call { try await base.load(flow) }
    }

    func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await life.call { try await base.claim(flow, under: lease) }
    }

    func release(_ claim: Claim) {
        if !life.isOver { base.release(claim) }
    }

    func abandoned() async throws -> [FlowDetail] { try await life.call { try await base.abandoned() } }
}

/// A job board as a process sees it that dies.
struct MortalBoard<Base: JobBoard>: JobBoard {
    let base: Base
    let life: Life

    var notifier: Notifier<JobChange> { base.notifier }

    func post(_ job: Job) async throws { try await life.call { try await base.post(job) } }

    func claim(_ job: JobID, by owner: String, for duration: Duration) async throws -> Lease {
        try await life.call { try await base.claim(job, by: owner, for: duration) }
    }

    func renew(_ lease: Lease, for duration: Duration) async throws {
        try await life.call { try await base.renew(lease, for: duration) }
    }

    func abandon(_ lease: Lease) async throws { try await life.call { try await base.abandon(lease) } }

    func consume(_ lease: Lease) async throws { try await life.call { try await base.consume(lease) } }

    func trash(_ lease: Lease, because reason: String) async throws {
        try await life.call { try await base.trash(lease, because: reason) }
    }

    func find(_ job: JobID) async throws -> JobPosting? { try await life.call { try await base.find(job) } }

    func jobs(_ selection: JobSelection, limit: Int?) async throws -> [JobPosting] {
        try await life.call { try await base.jobs(selection, limit: limit) }
    }

    func trashed() async throws -> [TrashedJob] { try await life.call { try await base.trashed() } }
}

extension MortalBoard: TransactionalJobBoard where Base: TransactionalJobBoard {
    func post(_ job: Job, in transaction: Base.Transaction) throws { try base.post(job, in: transaction) }

    func move(_ lease: Lease, to place: Place, in transaction: Base.Transaction) throws {
        try base.move(lease, to: place, in: transaction)
    }

    func repost(_ job: Job, in transaction: Base.Transaction) throws { try base.repost(job, in: transaction) }
}
