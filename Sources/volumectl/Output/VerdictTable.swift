internal import Foundation
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The scheduler's verdicts as tables.
enum VerdictTable {
    /// - Parameter width: the maximum number of characters in a line; `nil` for any number.
    static func lines(_ verdicts: [PoolVerdict], width: Int?, indent: String = "  ") -> [String] {
        var table = Table(
            [
                .init(title: "POOL"), .init(title: "DRIVER"), .init(title: "VERDICT"),
                .init(title: "WHY", fit: .wrapped),
            ],
            rows: verdicts.map { [$0.pool, $0.driver, $0.decision.rawValue, $0.reason] }
        )
        (table.indent, table.width) = (indent, width)
        return table.lines
    }

    /// The verdicts with their weights, and below them every filter with the values that it compared.
    ///
    /// - Parameter width: the maximum number of characters in a line; `nil` for any number.
    static func explanation(_ verdicts: [PoolVerdict], width: Int?) -> [String] {
        var table = Table(
            [
                .init(title: "POOL"), .init(title: "VERDICT"), .init(title: "CAPACITY", fit: .wrapped),
                .init(title: "WEIGHT", isNumber: true), .init(title: "WHY", fit: .wrapped),
            ],
            rows: verdicts.map { verdict in
                [
                    verdict.pool, verdict.decision.rawValue,
                    verdict.capacity.map { "\($0.free) free of \($0.total)" } ?? "-",
                    verdict.weight?.rounded ?? "-", verdict.scoreText ?? verdict.reason,
                ]
            }
        )
        table.width = width
        let checks = verdicts.flatMap { verdict in
            (verdict.checks ?? [])
                .map { [verdict.pool, $0.filter, $0.passes ? "passed" : "rejected", $0.compared] }
        }
        guard !checks.isEmpty else { return table.lines }
        var filters = Table(
            [
                .init(title: "POOL"), .init(title: "FILTER"), .init(title: "RESULT"),
                .init(title: "COMPARED", fit: .wrapped),
            ],
            rows: checks
        )
        filters.width = width
        return table.lines + [""] + filters.lines
    }
}

extension PoolVerdict {
    /// The filter that rejected the pool, and why.
    fileprivate var reason: String { (filter.map { "\($0): " } ?? "") + why }

    /// The scores as text for people: `capacity 0.61 x1.0`; `nil` if the pool was not weighed.
    fileprivate var scoreText: String? {
        guard let scores, !scores.isEmpty else { return nil }
        return scores.map { "\($0.weigher) \($0.normalized.rounded) x\($0.multiplier)" }.joined(separator: ", ")
    }
}

extension Double {
    /// With two decimals.
    fileprivate var rounded: String { String(format: "%.2f", self) }
}

/// A verdict as JSON.
struct VerdictView: Encodable {
    struct Check: Encodable {
        let filter: String
        let passes: Bool
        let compared: String
    }
    struct Score: Encodable {
        let weigher: String
        let value: Double
        let normalized: Double
        let multiplier: Double
    }

    let pool: String
    let driver: String
    let verdict: String
    let filter: String?
    let why: String
    let totalBytes: Int64?
    let freeBytes: Int64?
    let promisedBytes: Int64?
    let virtualFreeBytes: Int64?
    let weight: Double?
    /// Left out in records of versions that did not store them.
    let checks: [Check]?
    /// Left out for a pool that was not weighed.
    let scores: [Score]?

    init(_ verdict: PoolVerdict) {
        pool = verdict.pool
        driver = verdict.driver
        self.verdict = verdict.decision.rawValue
        filter = verdict.filter
        why = verdict.why
        totalBytes = verdict.capacity?.total.bytes
        freeBytes = verdict.capacity?.free.bytes
        promisedBytes = verdict.promised?.bytes
        virtualFreeBytes = verdict.virtualFree?.bytes
        weight = verdict.weight
        checks = verdict.checks?.map { Check(filter: $0.filter, passes: $0.passes, compared: $0.compared) }
        scores = verdict.scores?
            .map {
                Score(weigher: $0.weigher, value: $0.value, normalized: $0.normalized, multiplier: $0.multiplier)
            }
    }
}
