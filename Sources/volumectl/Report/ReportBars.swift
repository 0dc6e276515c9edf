internal import VolumeAPI
internal import VolumeDriver

/// Pools and quotas as bars.
enum ReportBars {
    static func section(_ pool: PoolStatus) -> Markup {
        let report = pool.report
        var notes: [Markup] = []
        if let problem = report.problem { notes.append("<p class=\"bad\">down: \(problem)</p>") }
        if let disabling = pool.disabling { notes.append("<p>takes no new volumes: \(disabling)</p>") }
        if let time = report.reportedAt { notes.append("<p class=\"muted\">as reported at \(time.timestamp)</p>") }
        return """
            <section><h3>\(report.name) <span class="muted">\(report.kind)</span></h3>
            \(notes)
            <table>
            \(rows(of: pool))
            </table></section>

            """
    }

    private static func rows(of pool: PoolStatus) -> [Markup] {
        guard let capacity = pool.report.capacity else {
            return ["<tr><td>provisioned</td><td>\(pool.provisioned.size)</td></tr>"]
        }
        let total = capacity.total.bytes
        let ratio = pool.report.capabilities?.isThin == true ? pool.overSubscriptionRatio : nil
        let provisionable = PoolRoom.promisable(of: capacity, pool.report, at: ratio).bytes
        var rows = [
            row("physical", total - capacity.free.bytes, total),
            row("provisioned", pool.provisioned.size.bytes, provisionable),
        ]
        if let allocated = capacity.allocated { rows.insert(row("allocated", allocated.bytes, total), at: 1) }
        if let data = capacity.data { rows.append(row("thin data", data.used.bytes, data.total.bytes)) }
        if let metadata = capacity.metadata {
            rows.append(row("thin metadata", metadata.used.bytes, metadata.total.bytes))
        }
        return rows
    }

    private static func row(_ name: String, _ used: Int64, _ total: Int64) -> Markup {
        let words = "\(ByteCount(bytes: used) ?? .zero) of \(ByteCount(bytes: total) ?? .zero)"
        return row(name, words, total > 0 ? Double(used) / Double(total) : nil)
    }

    /// - Parameter share: how much of what is there is used; `nil` without a limit.
    private static func row(_ name: String, _ words: String, _ share: Double?) -> Markup {
        guard let share else {
            return "<tr><td class=\"name\">\(name)</td><td></td><td class=\"words\">\(words)</td></tr>\n"
        }
        let kind: Markup = share >= 0.95 ? "bad" : share >= 0.8 ? "warn" : ""
        let percent = Int((share * 100).rounded())
        return """
            <tr><td class="name">\(name)</td><td><div class="bar"><i class="\(kind)" \
            style="width:\(min(100, max(0, percent)))%"></i></div></td><td class="words">\(words), \(percent)%</td></tr>

            """
    }

    static func section(_ quota: QuotaStatus) -> Markup {
        let rows = quota.resources.filter { $0.resource != .perVolumeGigabytes }
            .map { resource in
                let used = resource.recorded.inUse + resource.recorded.reserved
                let words = resource.resource.text(used)
                let limit = resource.limit.map { $0 > 0 ? Double(used) / Double($0) : used > 0 ? 1 : 0 }
                return row(
                    resource.resource.name,
                    words + (resource.limit.map { " of " + resource.resource.text($0) } ?? ", unlimited"),
                    limit
                )
            }
        return "<section><h3>\(quota.project)</h3>\n<table>\n\(rows)\n</table></section>\n"
    }
}
