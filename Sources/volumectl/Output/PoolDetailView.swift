internal import VolumeDriver
internal import Volumes

/// A pool with all that there is to say of it, for programs.
struct PoolDetailView: Encodable {
    struct Room: Encodable {
        @Nullable var logicalBytes: Int64?
        @Nullable var allocatedBytes: Int64?
        @Nullable var dataPercent: Double?
        @Nullable var metadataPercent: Double?
    }
    struct Finding: Encodable {
        let severity: String
        let subject: String
        let message: String
        @Nullable var remedy: String?
    }

    let schema = "volumectl.pool-detail/v1"
    let pool: PoolView
    /// What the driver offers beyond volumes.
    let features: [String]
    let room: Room
    let health: [Finding]
    private let status: PoolStatus

    private enum CodingKeys: CodingKey {
        case schema, pool, features, room, health
    }

    init(_ status: PoolStatus, _ findings: [HealthFinding]) {
        self.status = status
        pool = PoolView(status)
        features = status.report.features?.names ?? []
        let capacity = status.report.capacity
        room = Room(
            logicalBytes: capacity?.logical?.bytes,
            allocatedBytes: capacity?.allocated?.bytes,
            dataPercent: capacity?.data?.percent,
            metadataPercent: capacity?.metadata?.percent
        )
        health = findings.map {
            Finding(severity: $0.severity.rawValue, subject: $0.subject, message: $0.message, remedy: $0.remedy)
        }
    }

    /// For people.
    var lines: [String] {
        let (report, count) = (status.report, status.promises.volumes)
        var rows = [
            ["name", report.name],
            ["driver", report.kind],
            ["state", report.problem.map { "down: \($0)" } ?? "up"],
            ["offers", features.isEmpty ? "nothing beyond volumes" : features.joined(separator: ", ")],
            ["allocation", report.capabilities.isThin ? "as it is written (thin)" : "when a volume is made (thick)"],
            ["granule", "\(report.capabilities.granule)"],
            ["promised", "\(status.promises.size) to \(count) volume\(count == 1 ? "" : "s")"],
        ]
        if let capacity = report.capacity {
            rows.append(["physical", "\(capacity.total), \(capacity.free) free"])
            if let logical = capacity.logical { rows.append(["logical", "\(logical) in volumes and snapshots"]) }
            if let allocated = capacity.allocated { rows.append(["allocated", "\(allocated) really taken"]) }
            if let data = capacity.data { rows.append(["thin data", words(data)]) }
            if let metadata = capacity.metadata { rows.append(["thin metadata", words(metadata)]) }
        }
        for finding in health {
            let remedy = finding.remedy.map { "; \($0)" } ?? ""
            rows.append([finding.subject, "\(finding.severity): \(finding.message)\(remedy)"])
        }
        var table = Table([.init(title: ""), .init(title: "")], rows: rows)
        table.isBare = true
        return table.lines
    }

    private func words(_ usage: SpaceUsage) -> String {
        "\(usage.used) of \(usage.total), \((usage.percent * 10).rounded() / 10) %"
    }
}
