public import TaskFlow

/// What was done about a flow whose process had died.
public struct Recovery: Sendable, Hashable, Codable {
    /// The flow as it was found.
    public let flow: FlowDetail
    /// The step that was running, if the process died during one that touches the world.
    public let interruptedStep: String?
    /// How it ended; `nil` when it could not be carried on.
    public let state: FlowState?
    /// What went wrong, if anything did.
    public let problem: String?
    /// Whether nothing was done about it, as its pool does not answer.
    public var isLeftForLater = false

    /// What was found out.
    package init(
        flow: FlowDetail,
        interruptedStep: String? = nil,
        state: FlowState? = nil,
        problem: String? = nil,
        isLeftForLater: Bool = false
    ) {
        self.flow = flow
        self.interruptedStep = interruptedStep
        self.state = state
        self.problem = problem
        self.isLeftForLater = isLeftForLater
    }
}

/// A flow that has not finished, and that nobody carries on nor can be carried on by this program.
public struct InterruptedFlow: Sendable, Hashable, Codable {
    /// The flow.
    public let flow: FlowDetail
    /// Why this program can't carry it on.
    public let obstacle: String

    /// What was found out.
    package init(
        flow: FlowDetail,
        obstacle: String
    ) {
        self.flow = flow
        self.obstacle = obstacle
    }
}
