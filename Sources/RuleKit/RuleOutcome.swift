/// The outcome of one rule.
public struct RuleOutcome: Sendable, Hashable, Codable {
    /// How a rule can come out.
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// The driver or the store keeps the rule.
        case passed
        /// It breaks the rule.
        case failed
        /// The rule does not concern it, or could not be checked.
        case skipped
    }

    /// The rule's name.
    public let rule: String
    /// What the rule says.
    public let sentence: String
    /// How it came out.
    public let verdict: Verdict
    /// How the rule was broken, or why it was skipped; `nil` if it is kept.
    public let reason: String?
    /// How long the check took, in seconds.
    public let seconds: Double
}

/// The outcomes of several rules.
public struct RuleReport: Sendable, Hashable, Codable {
    /// In the order of the rules.
    public let outcomes: [RuleOutcome]

    /// The rules that are broken.
    public var failures: [RuleOutcome] { outcomes.filter { $0.verdict == .failed } }
    /// Whether no rule is broken, and at least one is kept.
    public var isSuccess: Bool { failures.isEmpty && outcomes.contains { $0.verdict == .passed } }

    /// How many outcomes have this verdict.
    public func count(_ verdict: RuleOutcome.Verdict) -> Int { outcomes.count { $0.verdict == verdict } }
}

extension RuleReport {
    /// Checks `rules` one after the other.
    ///
    /// - Parameter progress: hears of each outcome as it is there.
    package init<Rule>(
        _ rules: [Rule],
        progress: (@Sendable (RuleOutcome) -> Void)?,
        check: (Rule) async -> RuleOutcome
    ) async {
        var outcomes: [RuleOutcome] = []
        for rule in rules {
            let outcome = await check(rule)
            progress?(outcome)
            outcomes.append(outcome)
        }
        self.outcomes = outcomes
    }
}
