/// What was struck how often, and what came of it.
struct FaultReport {
    private struct Line {
        var count = 0
        /// The number of flows that others took over after the lease, and the longest time after its end, in seconds.
        var takeovers = 0
        var latest: Double?
    }

    private var lines: [Fault: Line] = [:]
    private(set) var violations: [String] = []

    mutating func add(_ faults: [(fault: Fault, at: Double)], takeovers: [(at: Double, late: Double)]) {
        for (index, (fault, at)) in faults.enumerated() {
            let end = index + 1 < faults.count ? faults[index + 1].at : .infinity
            lines[fault, default: Line()].count += 1
            for takeover in takeovers where takeover.late > 0 && (at..<end).contains(takeover.at) {
                lines[fault, default: Line()].takeovers += 1
                lines[fault, default: Line()].latest = max(lines[fault]?.latest ?? 0, takeover.late)
            }
        }
    }

    mutating func add(_ violations: [String], after faults: [(fault: Fault, at: Double)]) {
        let kinds = Set(faults.map(\.fault.rawValue)).sorted().joined(separator: ", ")
        self.violations += violations.map { "\($0)\n  after: \(kinds)" }
    }

    /// A table in Markdown.
    func text(lease: Duration) -> String {
        let rows = Fault.allCases.compactMap { fault in
            lines[fault]
                .map { line in
                    let latest = line.latest.map { "\(Int(($0 * 1000).rounded())) ms" } ?? "-"
                    return "| \(fault.rawValue) | \(line.count) | \(line.takeovers) | \(latest) |"
                }
        }
        let all = lines.values
        let sum = "| all | \(all.map(\.count).reduce(0, +)) | \(all.map(\.takeovers).reduce(0, +)) | - |"
        let head = [
            "| fault | times | flows taken over after a lease's end | the latest, after its end |",
            "| --- | --- | --- | --- |",
        ]
        return (head + rows + [sum]).joined(separator: "\n")
            + "\nlease \(lease / .seconds(1)) s, violations: \(violations.count)"
    }
}
