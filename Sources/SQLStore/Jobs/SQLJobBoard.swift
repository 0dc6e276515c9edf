public import FoundationEssentials
public import Identity
internal import SQL
public import TaskFlow

/// A job board in the database of an ``SQLStore``, for all processes that use the database.
///
/// A job whose owner's process has died may be claimed at once; otherwise when its lease has expired by the database's
/// clock.
public final class SQLJobBoard: TransactionalJobBoard {
    /// Notifies of changes that are made through this value, after they are durable.
    public let notifier = Notifier<JobChange>()

    private let store: SQLStore
    private let now: (@Sendable () -> Date)?

    /// Creates the board in the database of `store`.
    ///
    /// - Parameter now: returns the time by which leases expire; the database's if `nil`.
    public init(in store: SQLStore, now: (@Sendable () -> Date)? = nil) {
        self.store = store
        self.now = now
    }

    /// Posts a job on the board.
    public func post(_ job: Job) async throws {
        try await store.transact(under: []) { try self.post(job, in: $0) }
        notifier.notify(JobChange(.posted, job, by: job.postedBy))
    }

    /// Posts a job when the transaction is committed.
    public func post(_ job: Job, in transaction: SQLTransaction) throws {
        let table = table(transaction.connection)
        try table.insert(job, at: try time(table))
    }

    /// Moves a job to a place when the transaction is committed.
    public func move(_ lease: Lease, to place: Place, in transaction: SQLTransaction) throws {
        let table = table(transaction.connection)
        try transaction.connection.lock([.job(lease.job)])
        guard var record = try table.find(lease.job) else { throw LeaseLost(lease) }
        try record.hold(lease)
        record.move(to: place, at: try time(table))
        try table.update(record, lock: 0)
    }

    /// Posts a job, or moves the one of its run, when the transaction is committed.
    public func repost(_ job: Job, in transaction: SQLTransaction) throws {
        let table = table(transaction.connection)
        // A conductor may be claiming or removing the job that is found without its key.
        let found = try table.job(of: job.details.run)
        if let found { try transaction.connection.lock([.job(found)]) }
        guard let found, var record = try table.find(found) else {
            try table.deleteTrashed(job.id)
            return try post(job, in: transaction)
        }
        record.move(to: job.details.place, at: try time(table))
        try table.update(record, lock: 0)
    }

    /// Claims a job for `owner`.
    public func claim(_ job: JobID, by owner: String, for duration: Duration) async throws -> Lease {
        let (lease, claimed) = try await write(job) { table, time in
            guard var record = try table.find(job) else { throw JobRefused(job, .unknown) }
            let before = record.leaseNumber
            let lease = try record.claim(by: owner, for: duration, at: time)
            try table.update(record, lock: self.store.liveness.own.number)
            return (lease, lease.number == before ? nil : record.job)
        }
        if let claimed { notifier.notify(JobChange(.claimed, claimed, by: owner)) }
        return lease
    }

    /// Renews the lease, for `duration` from now.
    public func renew(_ lease: Lease, for duration: Duration) async throws {
        try await write(lease.job) { table, time in
            guard var record = try table.find(lease.job) else { throw LeaseLost(lease) }
            try record.renew(lease, for: duration, at: time)
            try table.update(record, lock: self.store.liveness.own.number)
        }
    }

    /// Gives up the lease.
    public func abandon(_ lease: Lease) async throws {
        try await change(lease, .abandoned) { table, record, time in
            var abandoned = record
            try abandoned.abandon(lease, at: time)
            try table.update(abandoned, lock: 0)
        }
    }

    /// Removes the job.
    public func consume(_ lease: Lease) async throws {
        try await change(lease, .removed) { table, record, _ in try table.delete(record.job.id) }
    }

    /// Moves the job to the trash, and keeps it there with `reason`.
    public func trash(_ lease: Lease, because reason: String) async throws {
        try await change(lease, .trashed) { table, record, time in
            try table.trash(record.job.id, because: reason, at: time)
        }
    }

    /// Returns a job on the board.
    public func find(_ job: JobID) async throws -> JobPosting? {
        try await read { table, time in try table.find(job)?.posting(at: time) }
    }

    /// Returns the readable jobs on the board, in the order in which they should run.
    public func jobs(_ selection: JobSelection, limit: Int?) async throws -> [JobPosting] {
        try await read { table, time in
            let found =
                switch selection {
                case .all: try table.list(limit: limit ?? .max)
                case .unclaimed: try table.unclaimed(at: time, limit: limit ?? .max)
                case .claimable(let places): try table.unclaimed(servedAt: places, at: time, limit: limit ?? .max)
                }
            return found.readable.map { $0.posting(at: time) }
        }
    }

    /// Returns the readable trashed jobs, oldest first.
    public func trashed() async throws -> [TrashedJob] { try await read { table, _ in try table.trashed().readable } }

    /// Returns the jobs, on the board or in the trash, that can't be read. They stay as they are, and can't be claimed.
    public func unreadable() async throws -> [UnreadableRow] {
        try await read { table, _ in try table.list(limit: .max).unreadable + table.trashed().unreadable }
    }

    /// Runs `body` on the job if `lease` is valid, and then notifies of `event`.
    private func change(
        _ lease: Lease,
        _ event: JobEvent,
        _ body: @escaping @Sendable (JobTable, JobRecord, Date) throws -> Void
    ) async throws {
        let (job, owner) = try await write(lease.job) { table, time in
            guard let record = try table.find(lease.job) else { throw LeaseLost(lease) }
            let owner = try record.hold(lease)
            try body(table, record, time)
            return (record.job, owner)
        }
        notifier.notify(JobChange(event, job, by: owner))
    }

    private func write<Result: Sendable>(
        _ job: JobID,
        _ body: @escaping @Sendable (JobTable, Date) throws -> Result
    ) async throws -> Result {
        try await store.transact(under: [.job(job)]) { transaction in
            let table = self.table(transaction.connection)
            return try body(table, try self.time(table))
        }
    }

    private func read<Result: Sendable>(
        _ body: @escaping @Sendable (JobTable, Date) throws -> Result
    ) async throws -> Result {
        try await store.read { connection in
            let table = self.table(connection)
            return try body(table, try self.time(table))
        }
    }

    private func table(_ connection: any SQLConnection) -> JobTable {
        JobTable(connection: connection, isGone: store.gone(in: connection))
    }

    private func time(_ table: JobTable) throws -> Date { try now?() ?? table.connection.time() }
}
