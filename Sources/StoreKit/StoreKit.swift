internal import RuleKit

/// One suite for every store of flows: its contract as a list of rules.
public enum StoreKit {
    /// Every rule, in the order in which they are best read.
    public static let rules: [Rule] =
        bodyRules + databaseRules + schemaRules + valueRules + runRules + attemptRules + claimRules + leaseRules
        + logBookRules + boardRules

    /// Checks every rule on `subject`, one after the other.
    ///
    /// - Parameters:
    ///   - rules: the rules to check; all of them unless told.
    ///   - progress: hears of each outcome as it is there.
    public static func check(
        _ subject: StoreUnderTest,
        rules: [Rule] = rules,
        progress: (@Sendable (RuleOutcome) -> Void)? = nil
    ) async -> Report {
        var outcomes: [RuleOutcome] = []
        for rule in rules {
            let outcome = await check(rule, on: subject)
            progress?(outcome)
            outcomes.append(outcome)
        }
        return Report(outcomes: outcomes)
    }

    /// Checks one rule on a fresh store of `subject`.
    public static func check(_ rule: Rule, on subject: StoreUnderTest) async -> RuleOutcome {
        let limit = subject.timeLimit
        let late = RuleOutcome(rule, .failed, reason: "a call did not come back within \(limit)")
        return await answer(within: limit, late: late) { await judge(rule, on: subject) }
    }

    private static func judge(_ rule: Rule, on subject: StoreUnderTest) async -> RuleOutcome {
        do {
            try await rule.check(Bench(subject))
            return RuleOutcome(rule, .passed)
        } catch let skip as Skip {
            return RuleOutcome(rule, .skipped, reason: skip.reason)
        } catch let breach as Breach {
            return RuleOutcome(rule, .failed, reason: breach.description)
        } catch {
            return RuleOutcome(rule, .failed, reason: "a call failed that should not: \(error)")
        }
    }
}
