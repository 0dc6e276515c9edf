public import Identity
public import TaskFlow

/// How the caller of a request wants to wait for it.
///
/// Cancelling the task that makes the request asks for its flow to be reverted, and waits for that.
public struct RequestControl: Sendable, Hashable, Codable {
    /// The id that the request's flow gets.
    public var flow: FlowID
    /// When to stop waiting, by this host's clock; the flow goes on. `nil` waits for its end.
    public var deadline: ContinuousClock.Instant?
    /// Whether a flow that hasn't finished at the deadline is reverted.
    public var cancelsAtDeadline = false
    /// Whether to wait at all, once the request is durable.
    public var waits = true

    /// Waits to the end.
    public init(flow: FlowID = .random()) { self.flow = flow }
}

/// What a request does.
public enum RequestPhase: Sendable, Hashable, Codable {
    /// Its own flow is under way.
    case running(FlowID)
    /// It waits for a flow that somebody else has begun.
    case waiting(for: FlowDetail)
}
