internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The scheduler's verdicts as a table.
enum VerdictTable {
    /// - Parameter width: the maximum number of characters in a line; `nil` for any number.
    static func lines(_ verdicts: [PoolVerdict], width: Int?) -> [String] {
        var table = Table(
            [
                .init(title: "POOL"), .init(title: "DRIVER"), .init(title: "VERDICT"),
                .init(title: "WHY", fit: .wrapped),
            ],
            rows: verdicts.map { verdict in
                let filter = verdict.filter.map { "\($0): " } ?? ""
                return [verdict.pool, verdict.driver, verdict.decision.rawValue, filter + verdict.why]
            }
        )
        (table.indent, table.width) = ("  ", width)
        return table.lines
    }
}

/// A verdict as JSON.
struct VerdictView: Encodable {
    let pool: String
    let driver: String
    let verdict: String
    let filter: String?
    let why: String
    let totalBytes: Int64?
    let freeBytes: Int64?
    let promisedBytes: Int64?
    let virtualFreeBytes: Int64?

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
    }
}
