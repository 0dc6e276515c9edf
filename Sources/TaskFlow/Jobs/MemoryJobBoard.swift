public import FoundationEssentials
internal import Synchronization

/// A job board in memory, for one process.
public final class MemoryJobBoard: TransactionalJobBoard {
    /// Notifies of changes of the jobs.
    public let notifier = Notifier<JobChange>()

    private let content = Mutex(Content())
    private let now: @Sendable () -> Date

    private struct Content {
        var records: [JobID: JobRecord] = [:]
        /// The jobs on the board, in the order in which they should run.
        var order: [Position] = []
        var trash: [TrashedJob] = []
        var lastNumber = 0
    }

    /// The position of a job in the order.
    private struct Position {
        let priority: JobPriority
        let number: Int
        let job: JobID

        func precedes(_ other: Position) -> Bool { (other.priority, number) < (priority, other.number) }
    }

    /// - Parameter now: returns the time by which leases expire.
    public init(now: @escaping @Sendable () -> Date = { Date() }) { self.now = now }

    /// Posts a job on the board.
    public func post(_ job: Job) async throws {
        try content.withLock { content in
            try Self.requireAbsent(job.id, in: content)
            Self.add(job, to: &content, at: now())
        }
        notifier.notify(JobChange(.posted, job, by: job.postedBy))
    }

    /// Claims a job for `owner`.
    public func claim(_ job: JobID, by owner: String, for duration: Duration) async throws -> Lease {
        let (lease, claimed) = try content.withLock { content in
            guard var record = content.records[job] else { throw JobRefused(job, .unknown) }
            let before = record.leaseNumber
            let lease = try record.claim(by: owner, for: duration, at: now())
            content.records[job] = record
            return (lease, lease.number == before ? nil : record.job)
        }
        if let claimed { notifier.notify(JobChange(.claimed, claimed, by: owner)) }
        return lease
    }

    /// Renews the lease, for `duration` from now.
    public func renew(_ lease: Lease, for duration: Duration) async throws {
        try content.withLock { content in
            guard var record = content.records[lease.job] else { throw LeaseLost(lease) }
            try record.renew(lease, for: duration, at: now())
            content.records[lease.job] = record
        }
    }

    /// Gives up the lease.
    public func abandon(_ lease: Lease) async throws {
        try change(lease, .abandoned) { content, record throws(LeaseLost) in
            var abandoned = record
            try abandoned.abandon(lease, at: now())
            content.records[lease.job] = abandoned
        }
    }

    /// Removes the job.
    public func consume(_ lease: Lease) async throws {
        try change(lease, .removed) { content, _ in Self.remove(lease.job, from: &content) }
    }

    /// Moves the job to the trash, and keeps it there with `reason`.
    public func trash(_ lease: Lease, because reason: String) async throws {
        try change(lease, .trashed) { content, record in
            Self.remove(lease.job, from: &content)
            content.trash.append(TrashedJob(record.job, because: reason))
        }
    }

    /// Returns a job on the board.
    public func find(_ job: JobID) async throws -> JobPosting? {
        content.withLock { $0.records[job]?.posting(at: now()) }
    }

    /// Returns the jobs on the board, in the order in which they should run.
    public func jobs(_ selection: JobSelection, limit: Int?) async throws -> [JobPosting] {
        let time = now()
        let (order, records) = content.withLock { ($0.order, $0.records) }
        return order.lazy.compactMap { records[$0.job]?.posting(at: time) }
            .filter { selection.contains($0) }
            .prefix(limit ?? .max).map { $0 }
    }

    /// Returns the trashed jobs, oldest first.
    public func trashed() async throws -> [TrashedJob] { content.withLock(\.trash) }

    private static func requireAbsent(_ job: JobID, in content: Content) throws(JobRefused) {
        let isTrashed = content.trash.contains { $0.job.id == job }
        guard content.records[job] == nil, !isTrashed else { throw JobRefused(job, .exists) }
    }

    private static func add(_ job: Job, to content: inout Content, at time: Date) {
        content.lastNumber += 1
        let position = Position(priority: job.priority, number: content.lastNumber, job: job.id)
        content.order.insert(position, at: content.order.lastIndex { !position.precedes($0) }.map { $0 + 1 } ?? 0)
        content.records[job.id] = JobRecord(job, postedAt: time)
    }

    private static func remove(_ job: JobID, from content: inout Content) {
        content.records[job] = nil
        if let index = content.order.firstIndex(where: { $0.job == job }) { content.order.remove(at: index) }
    }

    /// Runs `body` on the job if `lease` is valid, and then notifies of `event`.
    private func change(
        _ lease: Lease,
        _ event: JobEvent,
        _ body: (inout Content, JobRecord) throws(LeaseLost) -> Void
    ) throws {
        let (job, owner) = try content.withLock { content in
            guard let record = content.records[lease.job] else { throw LeaseLost(lease) }
            let owner = try record.hold(lease)
            try body(&content, record)
            return (record.job, owner)
        }
        notifier.notify(JobChange(event, job, by: owner))
    }
}

// The body of a transaction decides, and its commit changes the board. Others may have changed it in between.
extension MemoryJobBoard {
    /// Posts a job when the transaction is committed.
    public func post(_ job: Job, in transaction: MemoryTransaction) throws {
        try content.withLock { try Self.requireAbsent(job.id, in: $0) }
        transaction.whenCommitted { [self] in
            content.withLock { content in
                if content.records[job.id] == nil { Self.add(job, to: &content, at: now()) }
            }
        }
    }

    /// Moves a job to a place when the transaction is committed.
    public func move(_ lease: Lease, to place: Place, in transaction: MemoryTransaction) throws {
        try content.withLock { content in
            guard let record = content.records[lease.job] else { throw LeaseLost(lease) }
            try record.hold(lease)
        }
        transaction.whenCommitted { [self] in
            content.withLock { content in
                if (try? content.records[lease.job]?.hold(lease)) != nil {
                    content.records[lease.job]?.move(to: place, at: now())
                }
            }
        }
    }

    /// Posts a job, or moves the one of its run, when the transaction is committed.
    public func repost(_ job: Job, in transaction: MemoryTransaction) throws {
        transaction.whenCommitted { [self] in
            content.withLock { content in
                let isOfRun = { (record: JobRecord?) in record?.job.details.run == job.details.run }
                if let id = content.order.first(where: { isOfRun(content.records[$0.job]) })?.job {
                    content.records[id]?.move(to: job.details.place, at: now())
                } else {
                    content.trash.removeAll { $0.job.id == job.id }
                    Self.add(job, to: &content, at: now())
                }
            }
        }
    }
}

extension JobSelection {
    fileprivate func contains(_ posting: JobPosting) -> Bool {
        switch self {
        case .all: true
        case .unclaimed: posting.state == .unclaimed
        case .claimable(let places): posting.state == .unclaimed && places.serve(posting.job.details.place)
        }
    }
}
