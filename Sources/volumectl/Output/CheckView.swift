internal import DriverKit
internal import VolumeDriver

/// The result of a driver check as JSON.
struct CheckView: Encodable {
    struct Outcome: Encodable {
        let rule: String
        let sentence: String
        let verdict: String
        @Nullable var reason: String?
        let seconds: Double
    }

    let schema = "volumectl.driver-check/v1"
    let driver: String
    let features: [String]
    let passed: Int
    let failed: Int
    let skipped: Int
    let outcomes: [Outcome]

    init(_ report: RuleReport, of driver: any VolumeDriver) {
        self.driver = type(of: driver).kind
        features = driver.features.names
        passed = report.count(.passed)
        failed = report.count(.failed)
        skipped = report.count(.skipped)
        outcomes = report.outcomes.map {
            Outcome(
                rule: $0.rule,
                sentence: $0.sentence,
                verdict: $0.verdict.rawValue,
                reason: $0.reason,
                seconds: $0.seconds
            )
        }
    }

    /// The outcome of a rule as one line, and a second line for a failure.
    static func lines(of outcome: RuleOutcome) -> [String] {
        switch outcome.verdict {
        case .passed: ["passed   \(outcome.rule)"]
        case .skipped: ["skipped  \(outcome.rule): \(outcome.reason ?? "")"]
        case .failed: ["FAILED   \(outcome.rule): \(outcome.sentence)", "         but \(outcome.reason ?? "")"]
        }
    }

    /// The summary, for people.
    var summary: [String] {
        let offered = features.isEmpty ? "nothing beyond volumes" : features.joined(separator: ", ")
        return [
            "", "driver '\(driver)', which offers \(offered): \(passed) passed, \(failed) failed, \(skipped) skipped",
        ]
    }
}
