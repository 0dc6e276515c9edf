internal import Foundation
internal import TaskFlow
internal import VolumeAPI

/// Flows as timelines, and what failed in them.
enum ReportFlows {
    /// The failures, newest first.
    static func failures(_ flows: [ReportPage.Flow]) -> Markup {
        let rows = flows.compactMap { flow -> Markup? in
            guard case .readable(let detail, let journal) = flow,
                let entry = journal.readable.last(where: { $0.failure != nil }), let failure = entry.failure,
                detail.state != .success
            else { return nil }
            let causes = failure.causes.map(\.message).filter { !failure.message.contains($0) }
            return """
                <tr><td class="number">\(detail.createdAt.timestamp)</td>
                <td>\(detail.name) \(detail.subject)<br><span class="muted">\(detail.id)</span></td>
                <td>\(entry.atom): \(([failure.message] + causes).joined(separator: "; "))</td>
                <td>\(detail.stateWords)</td></tr>

                """
        }
        guard !rows.isEmpty else { return "<p>Nothing, among the flows below.</p>" }
        return """
            <table>
            <tr><th>Time</th><th>Flow</th><th>Why</th><th>State</th></tr>
            \(rows)
            </table>
            """
    }

    /// The steps of a flow, each at its time.
    static func timeline(_ flow: ReportPage.Flow) -> Markup {
        switch flow {
        case .unreadable(let row):
            return "<section><h3>\(row.name ?? row.key)</h3><p class=\"bad\">\(unreadableWord): \(row)</p></section>\n"
        case .readable(let detail, let journal):
            let entries = journal.readable.filter { !$0.atom.isEmpty && !$0.state.isStart }
            let start = detail.createdAt
            let end = entries.map(\.at).max() ?? start
            let length = max(0.000_001, end.timeIntervalSince(start))
            let rows = entries.map { entry in
                // The clock may have been set back.
                let from = min(length, max(0, entry.startedAt.timeIntervalSince(start)))
                let took = min(length - from, max(0, entry.at.timeIntervalSince(entry.startedAt)))
                return row(entry, from: from / length, length: took / length)
            }
            return """
                <section><h3>\(detail.name) \(detail.subject) <span class="muted">\(detail.stateWords)</span></h3>
                <p class="muted">\(detail.createdAt.timestamp), by \(detail.owner), flow \(detail.id)</p>
                <table class="time">
                \(rows)
                </table></section>

                """
        }
    }

    private static func row(_ entry: JournalEntry, from: Double, length: Double) -> Markup {
        """
        <tr><td class="name">\(entry.atom)</td><td><i class="\(entry.state.rawValue.lowercased())" \
        style="margin-left:\(percent(from))%;width:\(percent(length))%"></i></td>
        <td class="words">\(entry.state.word)\(entry.failure.map { ": " + $0.message } ?? "")</td>
        <td class="number">\(max(0, entry.at.timeIntervalSince(entry.startedAt)).duration)</td></tr>

        """
    }

    /// A share in percent, to a hundredth. The mark at the end stays visible.
    private static func percent(_ share: Double) -> String { String(format: "%.2f", min(99.5, share * 100)) }
}
