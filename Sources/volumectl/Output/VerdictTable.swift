internal import TaskFlow
internal import VolumeDriver
internal import Volumes

/// What the scheduler said of each pool, for people.
enum VerdictTable {
    static func lines(_ verdicts: [PoolVerdict]) -> [String] {
        var table = Table(
            [.init(title: "POOL"), .init(title: "DRIVER"), .init(title: "VERDICT"), .init(title: "WHY")],
            rows: verdicts.map { verdict in
                let filter = verdict.filter.map { "\($0): " } ?? ""
                return [verdict.pool, verdict.driver, verdict.decision.rawValue, filter + verdict.why]
            }
        )
        table.indent = "  "
        return table.lines
    }
}

/// What the scheduler said of a pool, for programs.
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
