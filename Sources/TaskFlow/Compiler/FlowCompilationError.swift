/// A flow was refused when it was built, before any step of it ran.
public struct FlowCompilationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The flow's name.
    public let flow: String
    /// All problems that were found.
    public let problems: [String]

    /// The message for a person: what failed and why.
    public var description: String {
        "flow '\(flow)' does not compile:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}
