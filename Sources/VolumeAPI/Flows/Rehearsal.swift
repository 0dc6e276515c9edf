public import TaskFlow

/// The outcome of a rehearsed request.
public enum Rehearsal: Sendable, Hashable, Codable {
    /// It would start this operation, such as `extend-volume`.
    case starts(operation: String)
    /// It would carry on this flow.
    case resumes(FlowID)
    /// It would first wait for this flow of another request. What it would do then can't be known yet.
    case waits(for: FlowID)
    /// It would change something at once, without a flow.
    case changes
    /// There is nothing to do: all is as the request asks.
    case nothing
}
