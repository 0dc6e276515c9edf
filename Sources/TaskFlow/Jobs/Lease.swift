/// The right to work on a job: good until somebody claims it with a larger number, which nobody may before it has run out.
///
/// That it has run out is not the end of it: as long as nobody else has claimed the job, it can be renewed, and the job be
/// consumed.
public struct Lease: Sendable, Hashable, Codable {
    /// The job.
    public let job: JobID
    /// Grows by one whenever the job changes hands.
    public let number: Int

    /// - Parameter number: grows by one whenever the job changes hands.
    public init(job: JobID, number: Int) {
        self.job = job
        self.number = number
    }
}

/// What its holder wanted to do with a job was refused: somebody else has claimed it since, or it is gone.
public struct LeaseLost: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the holder thought it had.
    public let lease: Lease

    /// - Parameter lease: what the holder thought it had.
    public init(_ lease: Lease) { self.lease = lease }

    /// For people: what failed, and why.
    public var description: String {
        "lease \(lease.number) of job \(lease.job) is over: another has claimed the job since, or it is gone"
    }
}

/// A job could not be posted or claimed.
public struct JobRefused: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why.
    public enum Reason: Sendable, Hashable {
        /// It is not on the board.
        case unknown
        /// There is one of the same id on the board, or in its trash.
        case exists
        /// Somebody else works on it.
        case claimed(by: String)
        /// Who would claim it has no name.
        case anonymous
    }

    /// The job.
    public let job: JobID
    /// Why it could not be posted or claimed.
    public let reason: Reason

    /// - Parameter reason: why the job can't be posted or claimed.
    public init(_ job: JobID, _ reason: Reason) {
        self.job = job
        self.reason = reason
    }

    /// For people: what failed, and why.
    public var description: String {
        switch reason {
        case .unknown: "there is no job \(job)"
        case .exists: "there is a job \(job) already"
        case .claimed(let owner): "job \(job) has been claimed by \(owner)"
        case .anonymous: "job \(job) can't be claimed without a name to claim it by"
        }
    }
}
