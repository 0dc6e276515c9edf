/// What a conductor does with a job (`taskflow: conductors/base.py EVENTS_EMITTED`).
public enum ConductorEvent: String, Sendable, Hashable, CaseIterable {
    case jobClaimed = "job_claimed"
    /// The flow is looked for in the registry.
    case compilationStart = "compilation_start"
    case compilationEnd = "compilation_end"
    /// The run is taken up, or a new one made of the request.
    case preparationStart = "preparation_start"
    case preparationEnd = "preparation_end"
    case runningStart = "running_start"
    case runningEnd = "running_end"
    /// The flow has ended, well or not.
    case jobConsumed = "job_consumed"
    /// The store failed, or the flow was suspended: another conductor may go on.
    case jobAbandoned = "job_abandoned"
    /// The flow can't be run by anybody.
    case jobTrashed = "job_trashed"
    /// Another has the job. What was not stored by then is forgotten.
    case jobLost = "job_lost"
}

/// A conductor did something with a job.
public struct ConductorChange: Occurrence {
    /// What was done.
    public let kind: ConductorEvent
    /// The job.
    public let job: Job
    /// The conductor's name.
    public let conductor: String
    /// Where the flow is; from `running_end` on, when it was run.
    public let state: FlowState?
    /// Why the job was abandoned, trashed or lost.
    public let reason: String?

    /// `job 'data'`.
    public var subject: String { "job '\(job.name)'" }
}
