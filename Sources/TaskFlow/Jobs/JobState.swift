/// Where a job is. The names and the transitions are TaskFlow's (`taskflow: states.py`).
///
/// Not stored: a job that has left its board is `COMPLETE`, one whose lease has neither been given up nor run out is `CLAIMED`.
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

/// What may happen to a job.
public enum JobEvent: String, Sendable, Hashable, CaseIterable {
    case posted = "POSTED"
    case claimed = "CLAIMED"
    case abandoned = "ABANDONED"
    /// Its holder has consumed it.
    case removed = "REMOVED"
    case trashed = "TRASHED"
}

/// Something happened to a job.
public struct JobChange: Occurrence {
    /// What happened.
    public let kind: JobEvent
    /// The job.
    public let job: Job
    /// Who claimed, abandoned, consumed or trashed it; who posted it.
    public let by: String

    /// `job 'data'`.
    public var subject: String { "job '\(job.name)'" }

    /// - Parameter by: who claimed, abandoned, consumed or trashed it; who posted it.
    public init(_ kind: JobEvent, _ job: Job, by: String) {
        self.kind = kind
        self.job = job
        self.by = by
    }
}
