public import Identity
public import TaskFlow
public import VolumeDriver

/// How the caller of a request waits for it.
///
/// Cancelling the task that makes the request requests a revert of its flow and waits for the revert to end.
public struct RequestControl: Sendable, Hashable, Codable {
    /// The id of the flow that the request starts.
    public var flow: FlowID
    /// The time at which to stop waiting; the flow continues. `nil` waits until the flow ends.
    public var deadline: ContinuousClock.Instant?
    /// Whether a flow that is unfinished at the deadline is reverted.
    public var cancelsAtDeadline = false
    /// Whether to wait after the request is durable.
    public var waits = true

    /// Waits until the flow ends.
    public init(flow: FlowID = .random()) { self.flow = flow }

    /// The same wishes for another request.
    public var withNewFlow: RequestControl {
        var control = self
        control.flow = .random()
        return control
    }
}

/// The phase that a request is in.
public enum RequestPhase: Sendable, Hashable, Codable {
    /// The request's own flow is running.
    case running(FlowID)
    /// The request waits for a flow that another request has started.
    case waiting(for: FlowDetail)
    /// The request's own flow goes on where its pool is.
    ///
    /// - Parameters:
    ///   - place: the words for the place: `host beta`.
    ///   - problem: why nobody may take it up there for now; `nil` if a worker is there.
    case handedOver(FlowID, to: String, problem: String?)
    /// Data has been moved for the request's own flow.
    case transferring(TransferProgress)
}
