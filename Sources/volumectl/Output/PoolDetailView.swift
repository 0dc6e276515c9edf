internal import VolumeAPI
internal import VolumeDriver

/// Everything about a pool as JSON.
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
    /// The driver's optional features.
    let features: [String]
    let room: Room
    /// The driver's settings in the configuration.
    let configured: [String: String]
    let health: [Finding]
    private let status: PoolStatus
    private let options: [String: String]

    private enum CodingKeys: CodingKey {
        case schema, pool, features, room, configured, health
    }

    init(_ status: PoolStatus, _ findings: [HealthFinding], configured options: [String: String]) {
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
        configured = Dictionary(uniqueKeysWithValues: options.map { ($0.key.replacing(/[-.]/, with: "_"), $0.value) })
        self.options = options
        health = findings.map {
            Finding(severity: $0.severity.rawValue, subject: $0.subject, message: $0.message, remedy: $0.remedy)
        }
    }

    func lines(as format: OutputFormat) -> [String] {
        let (report, count) = (status.report, status.provisioned.volumes)
        var rows = [
            ["name", report.name],
            ["driver", report.kind],
            ["state", report.problem.map { "down: \($0)" } ?? "up"],
        ]
        if let host = report.host { rows.append(["host", host]) }
        if let time = report.reportedAt { rows.append(["reported", time.timestamp]) }
        if let disabling = status.disabling {
            let remedy = disabling.host.map(Remedy.enableHost) ?? .enablePool(report.name)
            rows += [["new volumes", "none: \(disabling)"], ["try", remedy.text]]
        }
        if let zone = report.placement?.zone { rows.append(["zone", zone]) }
        rows += report.remedies.enumerated().map { [$0.offset == 0 ? "try" : "", $0.element.text] }
        rows += [
            ["mark", mark],
            [
                "features",
                report.features == nil
                    ? "-" : features.isEmpty ? "nothing beyond volumes" : features.joined(separator: ", "),
            ],
            ["allocation", allocation],
            ["over-subscription", overSubscription],
            ["allocation unit", report.capabilities.map { "\($0.granule)" } ?? "-"],
            ["provisioned", "\(status.provisioned.size) in \(count.of("volume"))"],
        ]
        if let capacity = report.capacity {
            rows.append(["physical", "\(capacity.total), \(capacity.free) free"])
            if !status.sharesRoomWith.isEmpty {
                let (pools, place) = (status.sharesRoomWith.joined(separator: ", "), capacity.backing ?? "its space")
                rows.append(["shares", "\(place) with pool \(pools); capacity provisioned there counts here"])
            }
            if let logical = capacity.logical { rows.append(["logical", "\(logical) in volumes and snapshots"]) }
            if let allocated = capacity.allocated { rows.append(["allocated", "\(allocated) of real space"]) }
            if let data = capacity.data { rows.append(["thin data", words(data)]) }
            if let metadata = capacity.metadata { rows.append(["thin metadata", words(metadata)]) }
        }
        rows += options.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
        for finding in health {
            let remedy = finding.remedy.map { "; \($0)" } ?? ""
            rows.append([finding.subject, "\(finding.severity): \(finding.message)\(remedy)"])
        }
        return Table.details(rows, as: format)
    }

    private var allocation: String {
        guard let capabilities = status.report.capabilities else { return "-" }
        return capabilities.isThin ? "as it is written (thin)" : "when a volume is created (thick)"
    }

    private var overSubscription: String {
        guard status.report.capabilities?.isThin == true else { return "-" }
        return "\(status.roundedRatio) times the capacity" + (status.report.hasAutomaticRatio ? ", automatic" : "")
    }

    /// The pool's mark, or why it has none.
    private var mark: String {
        let report = status.report
        if let mark = report.mark { return "\(mark)" }
        if report.problem != nil { return "-" }
        return report.features?.contains(.mark) == true
            ? "none yet: the first create sets it"
            : "none: driver \(report.kind) does not support marks; its location is trusted"
    }

    private func words(_ usage: SpaceUsage) -> String {
        "\(usage.used) of \(usage.total), \((usage.percent * 10).rounded() / 10) %"
    }
}
