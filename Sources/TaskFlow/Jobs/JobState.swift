/// The state of a job. The names and transitions are TaskFlow's (`taskflow: states.py`).
///
/// The state is derived, not stored. A job that has left its board is `COMPLETE`; a job is `CLAIMED` while it has a
/// lease that has neither been given up nor expired and whose owner isn't known to be dead.
public enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
    case unclaimed = "UNCLAIMED"
    case claimed = "CLAIMED"
    case complete = "COMPLETE"

    /// The states that may follow this one.
    public var successors: Set<JobState> {
        switch self {
        case .unclaimed: [.claimed]
        case .claimed: [.unclaimed, .complete]
        case .complete: []
        }
    }
}

/// The kinds of events of a job.
public enum JobEvent: String, Sendable, Hashable, CaseIterable {
    case posted = "POSTED"
    case claimed = "CLAIMED"
    case abandoned = "ABANDONED"
    /// The job was consumed.
    case removed = "REMOVED"
    case trashed = "TRASHED"
}

/// An event of a job.
public struct JobChange: Occurrence {
    /// The kind of event.
    public let kind: JobEvent
    /// The job.
    public let job: Job
    /// The name of the poster, or of the owner that claimed, abandoned, consumed or trashed the job.
    public let by: String

    /// The job, as a message names it: `job 'data'`.
    public var subject: String { "job '\(job.name)'" }

    /// - Parameter by: the name of the poster, or of the owner that claimed, abandoned, consumed or trashed the job.
    public init(_ kind: JobEvent, _ job: Job, by: String) {
        self.kind = kind
        self.job = job
        self.by = by
    }
}
