/// The events of a conductor's work on a job (`taskflow: conductors/base.py EVENTS_EMITTED`).
public enum ConductorEvent: String, Sendable, Hashable, CaseIterable {
    case jobClaimed = "job_claimed"
    /// The conductor looks up the flow in its registry.
    case compilationStart = "compilation_start"
    case compilationEnd = "compilation_end"
    /// The conductor resumes the run, or creates a new one from the request.
    case preparationStart = "preparation_start"
    case preparationEnd = "preparation_end"
    case runningStart = "running_start"
    case runningEnd = "running_end"
    /// The flow has ended, in success or failure.
    case jobConsumed = "job_consumed"
    /// The store failed, or the flow was suspended; another conductor may continue.
    case jobAbandoned = "job_abandoned"
    /// The flow's next step can run only at a place that the conductor doesn't serve. The job has been moved there.
    case jobHandedOver = "job_handed_over"
    /// No conductor can run the flow.
    case jobTrashed = "job_trashed"
    /// The lease was lost. Progress that had not been stored is discarded.
    case jobLost = "job_lost"
}

/// An event of a conductor's work on a job.
public struct ConductorChange: Occurrence {
    /// The kind of event.
    public let kind: ConductorEvent
    /// The job.
    public let job: Job
    /// The conductor's name.
    public let conductor: String
    /// The flow's state; only from `running_end` on, if the flow was run.
    public let state: FlowState?
    /// The reason why the job was abandoned, moved, trashed or lost.
    public let reason: String?

    /// The job, as a message names it: `job 'data'`.
    public var subject: String { "job '\(job.name)'" }
}
