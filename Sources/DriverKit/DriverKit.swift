// A caller reads the outcomes without a second import.
@_exported public import RuleKit
internal import VolumeDriver

/// The conformance suite of drivers: the contract as a list of rules.
public enum DriverKit {
    /// All rules, in the order of the contract.
    public static let rules: [Rule] =
        createRules + deleteRules + lookRules + dataRules + extendRules + snapshotRules + fromSnapshotRules
        + revertRules + cloneRules
        + imageRules + comparisonRules + attachRules + exportRules + manageRules + healthRules + markRules + faultRules

    /// Checks rules on `subject`, one after the other.
    ///
    /// - Parameters:
    ///   - rules: by default all.
    ///   - progress: is called with each outcome.
    public static func check(
        _ subject: DriverUnderTest,
        rules: [Rule] = rules,
        progress: (@Sendable (RuleOutcome) -> Void)? = nil
    ) async -> RuleReport {
        await RuleReport(rules, progress: progress) { await check($0, on: subject) }
    }

    /// Checks one rule on `subject`, and removes what the rule has created.
    public static func check(_ rule: Rule, on subject: DriverUnderTest) async -> RuleOutcome {
        await RuleOutcome(of: rule.id, rule.sentence, within: subject.timeLimit, grace: .seconds(10)) {
            await judge(rule, on: subject)
        }
    }

    private static func judge(_ rule: Rule, on subject: DriverUnderTest) async -> RuleOutcome.Judgement {
        let bench: Bench
        do {
            bench = try await Bench(subject)
        } catch {
            return (.failed, "no instance of the driver can be created: \(error)")
        }
        guard bench.driver.features.isSuperset(of: rule.feature) else {
            return (.skipped, "the driver does not support '\(rule.feature.subtracting(bench.driver.features))'")
        }
        var judgement: RuleOutcome.Judgement = (.passed, nil)
        do {
            try await rule.check(bench)
        } catch let skip as Skip {
            judgement = (.skipped, skip.reason)
        } catch let error as DriverError {
            judgement = (.failed, "a call failed unexpectedly: \(error.code): \(error)")
        } catch {
            judgement = (.failed, "\(error)")
        }
        do {
            try await bench.cleanUp()
        } catch {
            if judgement.verdict != .failed { judgement = (.failed, "the rule's objects can't be removed: \(error)") }
        }
        return judgement
    }
}
