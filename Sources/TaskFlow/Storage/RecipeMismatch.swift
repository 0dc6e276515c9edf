/// A run can't go on with this recipe.
public struct RecipeMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    /// The run.
    public let flow: FlowID
    /// What the run has.
    public let stored: String
    /// What the recipe has.
    public let offered: String
    /// Where the recipe differs from that of the run, as far as it is known.
    public let differences: [ShapeDifference]
    /// What to do about it.
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

    /// For people: what failed, and why, and what to do.
    public var description: String {
        let head = "flow \(flow) was started with \(stored), but the recipe at hand has \(offered)"
        let list = differences.map { "\n  - \($0)" }.joined()
        guard let remedy else { return head + (list.isEmpty ? "" : ":" + list) }
        return list.isEmpty ? "\(head): \(remedy)" : "\(head):\(list)\n\(remedy)"
    }
}
