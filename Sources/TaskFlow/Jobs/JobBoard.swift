public import FoundationEssentials

/// A board on which jobs are posted, and from which conductors claim them (`taskflow: jobs/base.py JobBoard`).
///
/// Every write under a lease checks that lease in its own transaction.
public protocol JobBoard: Sendable {
    /// Notifies of changes that are made through this value. Changes by other processes show only in
    /// ``jobs(_:limit:)``.
    var notifier: Notifier<JobChange> { get }

    /// Posts a job on the board.
    ///
    /// - Throws: ``JobRefused`` if there is a job of the same id.
    func post(_ job: Job) async throws

    /// Claims a job for `owner`, for `duration`. An owner that has claimed the job already renews its lease.
    ///
    /// - Throws: ``JobRefused`` if another owner has claimed the job, or there is no such job.
    func claim(_ job: JobID, by owner: String, for duration: Duration) async throws -> Lease

    /// Renews the lease, for `duration` from now.
    ///
    /// - Throws: ``LeaseLost`` if another owner has claimed the job since, or it has left the board.
    func renew(_ lease: Lease, for duration: Duration) async throws

    /// Gives up the lease, so that others can claim the job.
    ///
    /// - Throws: ``LeaseLost`` if another owner has claimed the job since, or it has left the board.
    func abandon(_ lease: Lease) async throws

    /// Removes the job, which has been carried out.
    ///
    /// - Throws: ``LeaseLost`` if another owner has claimed the job since, or it has left the board.
    func consume(_ lease: Lease) async throws

    /// Moves the job, which no conductor can run, from the board to the trash, and keeps it there with `reason`.
    ///
    /// - Throws: ``LeaseLost`` if another owner has claimed the job since, or it has left the board.
    func trash(_ lease: Lease, because reason: String) async throws

    /// Returns a job on the board; `nil` if it is not, or no longer, on the board.
    func find(_ job: JobID) async throws -> JobPosting?

    /// Returns the jobs on the board, by descending priority; within one priority the oldest first.
    ///
    /// - Parameter limit: the greatest number of jobs to return; all if `nil`.
    func jobs(_ selection: JobSelection, limit: Int?) async throws -> [JobPosting]

    /// Returns the trashed jobs, oldest first.
    func trashed() async throws -> [TrashedJob]
}

/// A board on which jobs can be posted in a transaction of the store, so that a job is posted if and only if the
/// transaction's other writes are committed.
public protocol TransactionalJobBoard: JobBoard {
    /// The type of the store's transactions.
    associatedtype Transaction

    /// Posts a job when the transaction is committed. The ``JobBoard/notifier`` doesn't notify of it.
    ///
    /// - Throws: ``JobRefused`` if there is a job of the same id.
    func post(_ job: Job, in transaction: Transaction) throws

    /// Moves a job to a place and gives up the lease, so that a conductor of that place can claim the job when the
    /// transaction is committed.
    ///
    /// - Throws: ``LeaseLost`` if another owner has claimed the job since, or it has left the board.
    func move(_ lease: Lease, to place: Place, in transaction: Transaction) throws

    /// Posts a job when the transaction is committed. If there is a job of the same run on the board, that is moved to the
    /// place of `job` instead, and its lease ends. One of the same id in the trash is replaced.
    func repost(_ job: Job, in transaction: Transaction) throws
}

/// A selection of jobs.
public enum JobSelection: Sendable, Hashable {
    /// All jobs on the board.
    case all
    /// The jobs that may be claimed.
    case unclaimed
    /// The jobs that may be claimed by a conductor that serves these places: those with one of them, and those without a
    /// place.
    case claimable(at: Places)
}

extension JobBoard {
    /// Returns all jobs on the board, in the order in which they should run.
    public func jobs() async throws -> [JobPosting] { try await jobs(.all, limit: nil) }

    /// Returns the owner of a job; `nil` if it isn't claimed, or there is no such job.
    public func owner(of job: JobID) async throws -> String? { try await find(job)?.owner }

    /// Returns the state of a job; `COMPLETE` if it is not on the board.
    public func state(of job: JobID) async throws -> JobState { try await find(job)?.state ?? .complete }
}

/// A snapshot of a job on the board.
public struct JobPosting: Sendable, Hashable {
    /// The job.
    public let job: Job
    /// The job's state.
    public let state: JobState
    /// The owner that has claimed the job; `nil` if it isn't claimed.
    public let owner: String?
    /// The time that the owner's lease has left; `nil` without an owner.
    public let expiresIn: Duration?
    /// The number of the last lease; 0 before the first.
    public let leaseNumber: Int
    /// The time of the posting, by the board's clock.
    public let postedAt: Date
    /// The time at which the job was last posted, claimed, renewed or abandoned, by the board's clock.
    public let changedAt: Date
}

/// A job that no conductor could run.
public struct TrashedJob: Error, Sendable, Hashable, CustomStringConvertible {
    /// The job.
    public let job: Job
    /// The reason why it could not be run.
    public let reason: String

    /// - Parameter reason: the reason why the job could not be run.
    public init(_ job: Job, because reason: String) {
        self.job = job
        self.reason = reason
    }

    /// The message for a person: what failed and why.
    public var description: String { "job '\(job.name)' can't be run: \(reason)" }
}
