/// A temporary claim on a job. Others can claim the job once the lease has expired or its owner is known to be dead;
/// their lease has a larger number and ends this one.
///
/// As long as no one else has claimed the job, an expired lease can still be renewed, and the job be consumed with it.
public struct Lease: Sendable, Hashable, Codable {
    /// The job.
    public let job: JobID
    /// The lease's number, a fencing token: it grows by one with each new owner of the job.
    public let number: Int

    /// - Parameter number: the fencing token, which grows by one with each new owner of the job.
    public init(job: JobID, number: Int) {
        self.job = job
        self.number = number
    }
}

/// A lease is no longer valid: another owner has claimed the job since, or the job has left the board.
public struct LeaseLost: Error, Sendable, Hashable, CustomStringConvertible {
    /// The lost lease.
    public let lease: Lease

    /// - Parameter lease: the lost lease.
    public init(_ lease: Lease) { self.lease = lease }

    /// The message for a person: what failed and why.
    public var description: String {
        "lease \(lease.number) of job \(lease.job) is lost: another owner has claimed the job, or it has left the board"
    }
}

/// A job could not be posted or claimed.
public struct JobRefused: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why.
    public enum Reason: Sendable, Hashable {
        /// The job is not on the board.
        case unknown
        /// There is a job of the same id on the board, or in its trash.
        case exists
        /// Another owner has claimed the job.
        case claimed(by: String)
        /// The owner's name is empty.
        case anonymous
    }

    /// The job.
    public let job: JobID
    /// The reason.
    public let reason: Reason

    /// - Parameter reason: the reason why the job can't be posted or claimed.
    public init(_ job: JobID, _ reason: Reason) {
        self.job = job
        self.reason = reason
    }

    /// The message for a person: what failed and why.
    public var description: String {
        switch reason {
        case .unknown: "there is no job \(job)"
        case .exists: "there is a job \(job) already"
        case .claimed(let owner): "job \(job) has been claimed by \(owner)"
        case .anonymous: "job \(job) can't be claimed: the owner's name is empty"
        }
    }
}
