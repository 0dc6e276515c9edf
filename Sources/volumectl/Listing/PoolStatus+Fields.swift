internal import Foundation
internal import VolumeAPI
internal import VolumeDriver

extension PoolStatus: Listable {
    static var plural: String { "pools" }

    var label: String { report.name }

    static let fields: [ListField<PoolStatus>] = [
        ListField("name", of: { .text($0.report.name) }),
        ListField("driver", of: { .text($0.report.kind) }),
        ListField("state", .word(["up", "down", "disabled", "draining"]), of: { .text($0.word) }),
        ListField("total", .size, key: "total_bytes", of: { FieldValue($0.report.capacity?.total) }),
        ListField("free", .size, key: "free_bytes", of: { FieldValue($0.report.capacity?.free) }),
        ListField("provisioned", .size, key: "provisioned_bytes", of: { .size($0.provisioned.size) }),
        ListField("overcommit", .number, place: .wideTables, shown: { $0.overcommitWords }) { pool in
            pool.overcommit.map(FieldValue.number) ?? .none
        },
        ListField("volumes", .number, title: "VOLS", of: { .number(Double($0.provisioned.volumes)) }),
        ListField("why", key: "reason", fit: .shortened, shown: { $0.reasonWords }) { FieldValue($0.report.problem) },
        ListField("zone", place: .nowhere, of: { FieldValue($0.report.placement?.zone) }),
        ListField("host", place: .nowhere, of: { FieldValue($0.report.host) }),
        ListField(
            "reported",
            .time,
            key: "reported_at",
            place: .nowhere,
            of: { $0.report.reportedAt.map(FieldValue.time) ?? .none }
        ),
        ListField("thin", .flag, key: "is_thin", place: .nowhere) { pool in
            pool.report.capabilities.map { .flag($0.isThin) } ?? .none
        },
    ]

    /// How many times its capacity is provisioned; `nil` if it is down.
    private var overcommit: Double? {
        report.capacity.map { Double(provisioned.size.bytes) / Double(max(1, $0.total.bytes)) }
            .map { ($0 * 100).rounded() / 100 }
    }

    /// The ratio up to which it may be provisioned, with at most two decimals.
    var roundedRatio: Double { (overSubscriptionRatio * 100).rounded() / 100 }

    private var overcommitWords: String {
        let ratio = report.capabilities?.isThin == true ? "of \(roundedRatio)x" : "-"
        return (overcommit.map { "\($0)x " } ?? "- ") + ratio
    }

    /// The last part of the problem, which a tool or the system said, as `pool show` prints all of it; without a problem,
    /// what else is worth knowing.
    private var reasonWords: String {
        let disabled = disabling.map { "by \($0.user)" + ($0.reason.isEmpty ? "" : ": \"\($0.reason)\"") }
        return [disabled, otherWords].compactMap(\.self).joined(separator: "; ")
    }

    private var otherWords: String? {
        guard let problem = report.problem else {
            return sharesRoomWith.isEmpty ? nil : "shares its space with " + sharesRoomWith.joined(separator: ", ")
        }
        let reason = problem.components(separatedBy: ": ").last { !$0.isEmpty } ?? problem
        return reason.split(separator: "\n").joined(separator: " ")
    }
}
