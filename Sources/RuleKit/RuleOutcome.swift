/// The outcome of the check of one rule.
public struct RuleOutcome: Sendable, Hashable, Codable {
    /// The possible verdicts.
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// The driver or the store keeps the rule.
        case passed
        /// The driver or the store breaks the rule.
        case failed
        /// The rule does not concern the driver or the store, or could not be checked.
        case skipped
    }

    /// The rule's name.
    public let rule: String
    /// The rule's sentence.
    public let sentence: String
    /// The verdict.
    public let verdict: Verdict
    /// How the rule was broken, or why it was skipped; `nil` if it is kept.
    public let reason: String?
    /// The duration of the check, in seconds.
    public let seconds: Double
}

/// The outcomes of the checks of several rules.
public struct RuleReport: Sendable, Hashable, Codable {
    /// The outcomes in the order of the rules.
    public let outcomes: [RuleOutcome]

    /// The rules that are broken.
    public var failures: [RuleOutcome] { outcomes.filter { $0.verdict == .failed } }
    /// Whether no rule is broken, and at least one is kept.
    public var isSuccess: Bool { failures.isEmpty && outcomes.contains { $0.verdict == .passed } }

    /// Returns the number of outcomes with this verdict.
    public func count(_ verdict: RuleOutcome.Verdict) -> Int { outcomes.count { $0.verdict == verdict } }
}

extension RuleReport {
    /// Checks `rules` one after another.
    ///
    /// - Parameter progress: called with each outcome.
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
