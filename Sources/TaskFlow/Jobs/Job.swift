public import Identity

/// Names one job.
public typealias JobID = Identifier<JobTag>

/// What a ``JobID`` identifies. Has no values.
public enum JobTag {}

/// A flow that is to be run by whoever claims it first. It does not change once it is posted.
///
/// ```swift
/// let job = try Job("data", running: createFlow, request: CreateRequest(size: 10), by: "api-1")
/// try await board.post(job)
/// ```
public struct Job: Sendable, Hashable, Codable {
    /// The job.
    public let id: JobID
    /// For people.
    public let name: String
    /// What is to be run.
    public let details: JobDetails
    /// Who comes first among those that wait.
    public let priority: JobPriority
    /// Who posted it, for people.
    public let postedBy: String

    /// A job with details that are at hand.
    public init(
        _ name: String,
        details: JobDetails,
        id: JobID = .random(),
        priority: JobPriority = .normal,
        by poster: String
    ) {
        self.id = id
        self.name = name
        self.details = details
        self.priority = priority
        postedBy = poster
    }

    /// A job to run `flow`, which the poster has built, too.
    ///
    /// - Parameter run: names the run; an id of an existing one when that is to be taken up.
    /// - Throws: what the encoding of `request` throws.
    public init<Request>(
        _ name: String,
        running flow: Flow<Request>,
        request: Request,
        as run: FlowID = .random(),
        scope: String? = nil,
        priority: JobPriority = .normal,
        by poster: String
    ) throws {
        let details = try JobDetails(
            flow: flow.recipe.name,
            version: flow.recipe.version,
            request: request,
            run: run,
            subject: name,
            scope: scope
        )
        self.init(name, details: details, priority: priority, by: poster)
    }
}

/// What is to be run: all that a process needs that knows the flow by its name.
public struct JobDetails: Sendable, Hashable, Codable {
    /// The name under which conductors have registered the flow.
    public let flow: String
    /// The flow's version.
    public let version: Int
    /// The request, as a JSON object.
    public let request: String
    /// Names the run, from the first conductor that takes it up to the last.
    public let run: FlowID
    /// What the run is about, for people.
    public let subject: String
    /// Whose run it is; see ``FlowDetail/scope``.
    public let scope: String?

    /// Details of a request that is stored already.
    public init(
        flow: String,
        version: Int = 1,
        request: String,
        run: FlowID = .random(),
        subject: String = "",
        scope: String? = nil
    ) {
        self.flow = flow
        self.version = version
        self.request = request
        self.run = run
        self.subject = subject
        self.scope = scope
    }

    /// Details for a poster that knows the flow only by its name.
    ///
    /// - Throws: what the encoding of `request` throws.
    public init<Request: Fields>(
        flow: String,
        version: Int = 1,
        request: Request,
        run: FlowID = .random(),
        subject: String = "",
        scope: String? = nil
    ) throws {
        let stored = try FieldMap<Request>().encode(request)
        self.init(flow: flow, version: version, request: stored, run: run, subject: subject, scope: scope)
    }
}
