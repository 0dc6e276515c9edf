internal import RuleKit
internal import VolumeDriver

/// One suite for every driver: the contract as a list of rules.
public enum DriverKit {
    /// Every rule, in the order in which they are best read.
    public static let rules: [Rule] =
        createRules + deleteRules + lookRules + dataRules + extendRules + snapshotRules + fromSnapshotRules
        + revertRules + cloneRules
        + imageRules + attachRules + exportRules + manageRules + healthRules + markRules + faultRules

    /// Checks every rule on `subject`, one after the other.
    ///
    /// - Parameters:
    ///   - rules: the rules to check; all of them unless told.
    ///   - progress: hears of each outcome as it is there.
    /// - Throws: what `subject` throws for making an instance.
    public static func check(
        _ subject: DriverUnderTest,
        rules: [Rule] = rules,
        progress: (@Sendable (RuleOutcome) -> Void)? = nil
    ) async throws -> Report {
        let driver = try await subject.make()
        var outcomes: [RuleOutcome] = []
        for rule in rules {
            let outcome = await check(rule, on: subject)
            progress?(outcome)
            outcomes.append(outcome)
        }
        return Report(kind: type(of: driver).kind, features: driver.features.names, outcomes: outcomes)
    }

    /// Checks one rule on `subject`, and removes what that made.
    public static func check(_ rule: Rule, on subject: DriverUnderTest) async -> RuleOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let limit = subject.timeLimit
        let late = "a call did not come back within \(limit), nor when it was cancelled"
        let (verdict, reason) = await answer(within: limit, grace: .seconds(10), late: (.failed, late)) {
            await judge(rule, on: subject)
        }
        return RuleOutcome(rule, verdict, reason: reason, seconds: (clock.now - start) / .seconds(1))
    }

    private static func judge(_ rule: Rule, on subject: DriverUnderTest) async -> (RuleOutcome.Verdict, String?) {
        let bench: Bench
        do {
            bench = try await Bench(subject)
        } catch {
            return (.failed, "there is no instance of the driver: \(error)")
        }
        guard bench.driver.features.isSuperset(of: rule.feature) else {
            return (.skipped, "the driver does not offer '\(rule.feature.subtracting(bench.driver.features))'")
        }
        var verdict: (RuleOutcome.Verdict, String?) = (.passed, nil)
        do {
            try await rule.check(bench)
        } catch let skip as Skip {
            verdict = (.skipped, skip.reason)
        } catch let error as DriverError {
            verdict = (.failed, "a call failed that should not: \(error.code): \(error)")
        } catch {
            verdict = (.failed, "\(error)")
        }
        do {
            try await bench.cleanUp()
        } catch {
            if verdict.0 != .failed { verdict = (.failed, "what the rule made can't be removed: \(error)") }
        }
        return verdict
    }
}
