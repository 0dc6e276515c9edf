public import TaskFlow

/// A flow that the worker of a host can't carry on, for example because another version of the program has started it.
public struct FlowRefusal: Sendable, Hashable, Codable {
    /// The flow.
    public let flow: FlowID
    /// The reason, for a person.
    public let reason: String

    /// - Parameters:
    ///   - flow: the flow.
    ///   - reason: the reason, for a person.
    public init(flow: FlowID, reason: String) { (self.flow, self.reason) = (flow, reason) }
}
