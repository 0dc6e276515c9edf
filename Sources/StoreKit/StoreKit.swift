// A caller reads the outcomes without a second import.
@_exported public import RuleKit

/// The conformance suite for stores of flows: their contract as a list of rules.
public enum StoreKit {
    /// Every rule, in the order in which they are best read.
    public static let rules: [Rule] =
        bodyRules + databaseRules + keyRules + deferralRules + catalogueRules + schemaRules + valueRules + runRules
        + attemptRules
        + claimRules
        + leaseRules + logBookRules + boardRules + placeRules

    /// Checks rules on `subject`, one after another.
    ///
    /// - Parameters:
    ///   - rules: the rules to check; by default all.
    ///   - progress: called with each outcome.
    public static func check(
        _ subject: StoreUnderTest,
        rules: [Rule] = rules,
        progress: (@Sendable (RuleOutcome) -> Void)? = nil
    ) async -> RuleReport {
        await RuleReport(rules, progress: progress) { await check($0, on: subject) }
    }

    /// Checks one rule on a fresh store of `subject`.
    public static func check(_ rule: Rule, on subject: StoreUnderTest) async -> RuleOutcome {
        await RuleOutcome(of: rule.id, rule.sentence, within: subject.timeLimit) { await judge(rule, on: subject) }
    }

    private static func judge(_ rule: Rule, on subject: StoreUnderTest) async -> RuleOutcome.Judgement {
        do {
            try await rule.check(Bench(subject))
            return (.passed, nil)
        } catch let skip as Skip {
            return (.skipped, skip.reason)
        } catch let breach as Breach {
            return (.failed, breach.description)
        } catch {
            return (.failed, "a call failed that should not: \(error)")
        }
    }
}
