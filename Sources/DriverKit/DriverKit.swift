internal import Synchronization
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
        let (verdict, reason) = await withHangLimit(subject.timeLimit) { await judge(rule, on: subject) }
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

    /// Gives up on a driver that does not come back, not even when it is cancelled: its task is left behind.
    private static func withHangLimit(
        _ limit: Duration,
        _ body: @escaping @Sendable () async -> (RuleOutcome.Verdict, String?)
    ) async -> (RuleOutcome.Verdict, String?) {
        let answer = FirstAnswer()
        let task = Task { await answer.give(body()) }
        let watch = Task {
            try? await Task.sleep(for: limit)
            if Task.isCancelled { return }
            task.cancel()
            try? await Task.sleep(for: .seconds(10))
            answer.give((.failed, "a call did not come back within \(limit), nor when it was cancelled"))
        }
        defer { watch.cancel() }
        return await answer.value
    }
}

/// The first of the answers that are given.
private final class FirstAnswer: Sendable {
    typealias Answer = (RuleOutcome.Verdict, String?)
    private let state = Mutex<(answer: Answer?, waiter: CheckedContinuation<Answer, Never>?)>((nil, nil))

    func give(_ answer: Answer) {
        let waiter = state.withLock { state -> CheckedContinuation<Answer, Never>? in
            guard state.answer == nil else { return nil }
            state.answer = answer
            return state.waiter
        }
        waiter?.resume(returning: answer)
    }

    var value: Answer {
        get async {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Answer? in
                    state.waiter = continuation
                    return state.answer
                }
                if let answer { continuation.resume(returning: answer) }
            }
        }
    }
}
