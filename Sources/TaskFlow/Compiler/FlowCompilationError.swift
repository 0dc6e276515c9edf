/// A flow that was refused before anything of it ran.
public struct FlowCompilationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The flow's name.
    public let flow: String
    /// All that is wrong with it.
    public let problems: [String]

    /// For people: what failed, and why.
    public var description: String {
        "flow '\(flow)' does not compile:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}
