/// An engine can't run its flow: it is running it already, or its store has failed, and a new engine has to resume the
/// run.
public struct EngineUnavailable: Error, Sendable, Hashable, CustomStringConvertible {
    /// The run.
    public let flow: FlowID
    /// Why, as the predicate of a sentence about the flow.
    public let reason: String

    /// The message for a person: what failed and why.
    public var description: String { "flow \(flow) \(reason)" }
}

/// A flow's steps need another kind of transaction than the store has.
public struct UnfitStore: Error, Sendable, Hashable, CustomStringConvertible {
    /// The flow's name.
    public let flow: String
    /// The type that the steps need.
    public let needed: String
    /// The type that the store has.
    public let offered: String

    /// The message for a person: what failed and why.
    public var description: String {
        "flow '\(flow)' has steps that need a store with \(needed), but this store has \(offered)"
    }
}
