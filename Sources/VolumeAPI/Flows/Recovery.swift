public import TaskFlow

/// The outcome of recovering a flow whose process has died.
public struct Recovery: Sendable, Hashable, Codable {
    /// The flow before its recovery.
    public let flow: FlowDetail
    /// The external step that was running when the process died, if any.
    public let interruptedStep: String?
    /// The state after the recovery; `nil` if the flow could not be carried on.
    public let state: FlowState?
    /// The reason why the recovery failed, if it did.
    public let problem: String?
    /// Whether the flow was left alone because its pool does not answer.
    public var isLeftForLater = false

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

/// An unfinished flow that no process is running and that this program can't run.
public struct InterruptedFlow: Sendable, Hashable, Codable {
    /// The flow's record.
    public let flow: FlowDetail
    /// The reason why this program can't carry it on.
    public let obstacle: String

    package init(
        flow: FlowDetail,
        obstacle: String
    ) {
        self.flow = flow
        self.obstacle = obstacle
    }
}
