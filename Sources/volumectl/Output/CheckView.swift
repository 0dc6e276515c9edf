internal import DriverKit

/// What became of the check of a driver, for programs.
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

    init(_ report: Report) {
        driver = report.kind
        features = report.features
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

    /// For people: a line, and a second one for what went wrong.
    static func lines(of outcome: RuleOutcome) -> [String] {
        switch outcome.verdict {
        case .passed: ["passed   \(outcome.rule)"]
        case .skipped: ["skipped  \(outcome.rule): \(outcome.reason ?? "")"]
        case .failed: ["FAILED   \(outcome.rule): \(outcome.sentence)", "         but \(outcome.reason ?? "")"]
        }
    }

    /// For people: the end.
    static func summary(of report: Report) -> [String] {
        let features = report.features.isEmpty ? "nothing beyond volumes" : report.features.joined(separator: ", ")
        let counts =
            "\(report.count(.passed)) passed, \(report.count(.failed)) failed, \(report.count(.skipped)) skipped"
        return ["", "driver '\(report.kind)', which offers \(features): \(counts)"]
    }
}
