/// What became of one rule.
public struct RuleOutcome: Sendable, Hashable {
    /// What it came to.
    public enum Verdict: String, Sendable, Hashable {
        /// The store keeps the rule.
        case passed
        /// It doesn't.
        case failed
        /// The rule does not concern the store.
        case skipped
    }

    /// The rule's name.
    public let rule: String
    /// What the rule says.
    public let sentence: String
    /// What it came to.
    public let verdict: Verdict
    /// How the rule was broken, or why it was skipped; `nil` if it is kept.
    public let reason: String?

    init(_ rule: Rule, _ verdict: Verdict, reason: String? = nil) {
        self.rule = rule.id
        sentence = rule.sentence
        self.verdict = verdict
        self.reason = reason
    }
}

/// What became of every rule.
public struct Report: Sendable, Hashable {
    /// In the order of the rules.
    public let outcomes: [RuleOutcome]

    /// The rules that are broken.
    public var failures: [RuleOutcome] { outcomes.filter { $0.verdict == .failed } }
    /// Whether no rule is broken, and at least one is kept.
    public var isSuccess: Bool { failures.isEmpty && outcomes.contains { $0.verdict == .passed } }

    /// How many outcomes are of this verdict.
    public func count(_ verdict: RuleOutcome.Verdict) -> Int { outcomes.count { $0.verdict == verdict } }
}
