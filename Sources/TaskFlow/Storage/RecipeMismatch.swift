/// A recipe can't continue a stored run.
public struct RecipeMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    /// The run.
    public let flow: FlowID
    /// The part of the recipe that the run was started with, for the message.
    public let stored: String
    /// The part of the present recipe, for the message.
    public let offered: String
    /// The known differences between the recipe and that of the run.
    public let differences: [ShapeDifference]
    /// The remedy, if there is one.
    public let remedy: String?

    init(
        flow: FlowID,
        stored: String,
        offered: String,
        differences: [ShapeDifference] = [],
        remedy: String? = nil
    ) {
        self.flow = flow
        self.stored = stored
        self.offered = offered
        self.differences = differences
        self.remedy = remedy
    }

    /// The message for a person: what failed, why, and what to do.
    public var description: String {
        let head = "flow \(flow) was started with \(stored), but this program has \(offered)"
        let list = differences.map { "\n  - \($0)" }.joined()
        guard let remedy else { return head + (list.isEmpty ? "" : ":" + list) }
        return list.isEmpty ? "\(head): \(remedy)" : "\(head):\(list)\n\(remedy)"
    }
}
