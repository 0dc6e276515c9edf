public import Identity

/// The identifier of a job.
public typealias JobID = Identifier<JobTag>

/// The tag that makes ``JobID`` a type of its own. It has no values.
public enum JobTag {}

/// A request to run a flow, which the first conductor that claims it carries out. Nothing of a posted job changes
/// but its place, when its run is handed over.
///
/// ```swift
/// let job = try Job("data", running: createFlow, request: CreateRequest(size: 10), by: "api-1")
/// try await board.post(job)
/// ```
public struct Job: Sendable, Hashable, Codable {
    /// The job's identifier.
    public let id: JobID
    /// The job's name, for messages and lists.
    public let name: String
    /// The flow to run, and its request.
    public internal(set) var details: JobDetails
    /// The job's precedence among waiting jobs.
    public let priority: JobPriority
    /// The name of the job's poster, for messages and lists.
    public let postedBy: String

    /// Creates a job from its details.
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

    /// Creates a job that runs `flow`, for a poster that has built the flow as well.
    ///
    /// - Parameter run: the identifier of the new run, or of an existing run that is to be resumed.
    /// - Throws: `EncodingError` or any other error with which `request` fails to encode.
    public init<Request>(
        _ name: String,
        running flow: Flow<Request>,
        request: Request,
        as run: FlowID = .random(),
        scope: String? = nil,
        at place: Place? = nil,
        priority: JobPriority = .normal,
        by poster: String
    ) throws {
        let details = try JobDetails(
            flow: flow.recipe.name,
            version: flow.recipe.version,
            request: request,
            run: run,
            subject: name,
            scope: scope,
            place: place
        )
        self.init(name, details: details, priority: priority, by: poster)
    }
}

/// The flow that a job runs, by name, and everything that a conductor needs to run it.
public struct JobDetails: Sendable, Hashable, Codable {
    /// The name under which conductors have registered the flow.
    public let flow: String
    /// The flow's version.
    public let version: Int
    /// The request, as a JSON object.
    public let request: String
    /// The run's identifier, which stays the same for all conductors that work on the job.
    public let run: FlowID
    /// The subject of the run, for messages and lists.
    public let subject: String
    /// The owner of the run, such as a project; see ``FlowDetail/scope``.
    public let scope: String?
    /// The place whose conductors may claim the job; `nil` for all.
    public internal(set) var place: Place?

    /// Creates details from a request in its stored form.
    public init(
        flow: String,
        version: Int = 1,
        request: String,
        run: FlowID = .random(),
        subject: String = "",
        scope: String? = nil,
        place: Place? = nil
    ) {
        self.flow = flow
        self.version = version
        self.request = request
        self.run = run
        self.subject = subject
        self.scope = scope
        self.place = place
    }

    /// Creates details for a poster that knows the flow only by its name.
    ///
    /// - Throws: `EncodingError` or any other error with which `request` fails to encode.
    public init<Request: Fields>(
        flow: String,
        version: Int = 1,
        request: Request,
        run: FlowID = .random(),
        subject: String = "",
        scope: String? = nil,
        place: Place? = nil
    ) throws {
        let stored = try FieldMap<Request>().encode(request)
        self.init(
            flow: flow,
            version: version,
            request: stored,
            run: run,
            subject: subject,
            scope: scope,
            place: place
        )
    }
}
