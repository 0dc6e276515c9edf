internal import TimeLimits

/// The subject of a check breaks a rule.
package struct Breach: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// A rule could not be checked, or does not concern the subject of the check.
package struct Skip: Error {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

extension RuleOutcome {
    /// The verdict on a rule, with the reason unless the rule is kept.
    package typealias Judgement = (verdict: Verdict, reason: String?)

    /// Creates the outcome of the rule named `rule` from the judgement of `judge`. The rule fails if `judge` doesn't
    /// return in time.
    ///
    /// - Parameter grace: how long to wait for `judge` after its cancellation, before its task is left running.
    package init(
        of rule: String,
        _ sentence: String,
        within limit: Duration,
        grace: Duration = .zero,
        _ judge: @escaping @Sendable () async -> Judgement
    ) async {
        let start = ContinuousClock.now
        let judgement = await abandoning(after: limit, grace: grace, judge)?.result.get()
        let late = "a call did not come back within \(limit)" + (grace > .zero ? ", nor when it was cancelled" : "")
        self.init(
            rule: rule,
            sentence: sentence,
            verdict: judgement?.verdict ?? .failed,
            reason: judgement == nil ? late : judgement?.reason,
            seconds: (ContinuousClock.now - start) / .seconds(1)
        )
    }
}
