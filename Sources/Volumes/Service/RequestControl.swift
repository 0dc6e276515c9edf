public import Identity
public import TaskFlow
internal import VolumeAPI

/// How the caller of a request wants to wait for it.
///
/// Cancelling the task that makes the request asks for its flow to be reverted, and waits for that.
public struct RequestControl: Sendable {
    /// The id that the request's flow gets.
    public var flow: FlowID
    /// When to stop waiting; the flow goes on. `nil` waits for its end.
    public var deadline: ContinuousClock.Instant?
    /// Whether a flow that hasn't finished at the deadline is reverted.
    public var cancelsAtDeadline = false
    /// Whether to wait at all, once the request is durable.
    public var waits = true
    /// Starts a process that carries on a flow, for callers who don't stay to its end, unless one that it has started is
    /// still there. `nil` carries on in this process.
    public var worker: (@Sendable (FlowID) throws -> Void)?
    /// Is told what the request does, each time it changes.
    public var tell: @Sendable (RequestPhase) -> Void

    /// Waits to the end, in this process.
    public init(flow: FlowID = .random(), tell: @escaping @Sendable (RequestPhase) -> Void = { _ in }) {
        self.flow = flow
        self.tell = tell
    }

    /// Whether another process carries the flow on from the start, because this one may be gone before its end.
    var handsOver: Bool { worker != nil && (!waits || deadline != nil) }
}

/// What a request does.
public enum RequestPhase: Sendable, Hashable {
    /// Its own flow is under way.
    case running(FlowID)
    /// It waits for a flow that somebody else has begun.
    case waiting(for: FlowDetail)
}
