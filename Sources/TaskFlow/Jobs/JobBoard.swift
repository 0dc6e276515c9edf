public import FoundationEssentials

/// Where jobs are posted, and claimed by those who can run them (`taskflow: jobs/base.py JobBoard`).
///
/// Every write checks the lease that it is made with, in the transaction in which it is made.
public protocol JobBoard: Sendable {
    /// Tells of what is done through this very value; what other processes do shows in ``jobs(_:limit:)``.
    var notifier: Notifier<JobChange> { get }

    /// Puts a job on the board.
    ///
    /// - Throws: ``JobRefused`` when there is one of the same id.
    func post(_ job: Job) async throws

    /// Gives a job that nobody works on to `owner`, for `duration`. Who has it already keeps its lease, and renews it.
    ///
    /// - Throws: ``JobRefused`` when somebody else has it, or there is no such job.
    func claim(_ job: JobID, by owner: String, for duration: Duration) async throws -> Lease

    /// Lets the lease last for `duration` from now.
    ///
    /// - Throws: ``LeaseLost`` when somebody else has claimed the job since, or it is gone.
    func renew(_ lease: Lease, for duration: Duration) async throws

    /// Gives the job back, for others to claim.
    ///
    /// - Throws: ``LeaseLost`` when somebody else has claimed the job since, or it is gone.
    func abandon(_ lease: Lease) async throws

    /// Removes the job: it is done.
    ///
    /// - Throws: ``LeaseLost`` when somebody else has claimed the job since, or it is gone.
    func consume(_ lease: Lease) async throws

    /// Takes the job off the board, and keeps it with `reason`: nobody can do it.
    ///
    /// - Throws: ``LeaseLost`` when somebody else has claimed the job since, or it is gone.
    func trash(_ lease: Lease, because reason: String) async throws

    /// The job as it is on the board; `nil` if it isn't, or not any more.
    func find(_ job: JobID) async throws -> JobPosting?

    /// The jobs on the board: those of a higher priority first, and of those of one priority the oldest.
    ///
    /// - Parameter limit: how many at the most; all if `nil`.
    func jobs(_ selection: JobSelection, limit: Int?) async throws -> [JobPosting]

    /// The jobs that nobody could do, oldest first.
    func trashed() async throws -> [TrashedJob]
}

/// A board on which jobs can be posted in a transaction of the store that keeps them, so that a job is there if and only if
/// all else that the transaction wrote is.
public protocol TransactionalJobBoard: JobBoard {
    /// The store's transaction.
    associatedtype Transaction

    /// Puts a job on the board when the transaction ends well. The ``JobBoard/notifier`` doesn't tell of it.
    ///
    /// - Throws: ``JobRefused`` when there is one of the same id.
    func post(_ job: Job, in transaction: Transaction) throws
}

/// Which jobs to look for.
public enum JobSelection: Sendable, Hashable {
    /// All that are on the board.
    case all
    /// Those that may be claimed.
    case unclaimed
}

extension JobBoard {
    /// All jobs on the board, in the order in which they are to be done.
    public func jobs() async throws -> [JobPosting] { try await jobs(.all, limit: nil) }

    /// Who works on a job; `nil` if nobody does, or there is no such job.
    public func owner(of job: JobID) async throws -> String? { try await find(job)?.owner }

    /// Where a job is: `COMPLETE` if it is not on the board.
    public func state(of job: JobID) async throws -> JobState { try await find(job)?.state ?? .complete }
}

/// A job as it is on the board at the moment at which it was looked for.
public struct JobPosting: Sendable, Hashable {
    /// The job.
    public let job: Job
    /// Where it is.
    public let state: JobState
    /// Who works on it; `nil` if nobody does.
    public let owner: String?
    /// How long the lease of the owner lasts; `nil` without an owner.
    public let expiresIn: Duration?
    /// How often the job has changed hands.
    public let leaseNumber: Int
    /// When it was posted, by the board's clock.
    public let postedAt: Date
    /// When it was posted, claimed, renewed or abandoned last, by the board's clock.
    public let changedAt: Date
}

/// A job that nobody could do.
public struct TrashedJob: Error, Sendable, Hashable, CustomStringConvertible {
    /// The job.
    public let job: Job
    /// Why.
    public let reason: String

    /// - Parameter reason: why nobody could do it.
    public init(_ job: Job, because reason: String) {
        self.job = job
        self.reason = reason
    }

    /// For people: what failed, and why.
    public var description: String { "job '\(job.name)' can't be done: \(reason)" }
}
