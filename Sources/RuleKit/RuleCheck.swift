internal import TimeLimits

/// That what is checked does not keep a rule.
package struct Breach: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// That a rule could not be checked, or does not concern what is checked.
package struct Skip: Error {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

extension RuleOutcome {
    /// How a rule comes out, with the reason unless it is kept.
    package typealias Judgement = (verdict: Verdict, reason: String?)

    /// What `judge` says of the rule named `rule`. It fails if that does not come back in time.
    ///
    /// - Parameter grace: how long `judge` is waited for after it was cancelled, before it is left behind.
    package init(
        of rule: String,
        _ sentence: String,
        within limit: Duration,
        grace: Duration = .zero,
        _ judge: @escaping @Sendable () async -> Judgement
    ) async {
        let start = ContinuousClock.now
        let judgement = await abandoning(after: limit + grace) {
            await cancelling(after: limit, judge).result.get()
        }
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
