internal import Foundation
internal import VolumeAPI

extension HostStatus: Listable {
    static var plural: String { "workers" }

    var label: String { name }

    static let fields: [ListField<HostStatus>] = [
        ListField("host", of: { .text($0.name) }),
        ListField("state", .word(["up", "drained", "stopped", "silent"]), of: { .text($0.word) }),
        ListField("reported", .duration, key: "report_age_seconds", title: "REPORTED", of: { .duration($0.age) }),
        ListField("pools", of: { .text($0.pools.joined(separator: ", ")) }),
        ListField("waiting", .number, key: "waiting_flows", of: { .number(Double($0.waitingFlows)) }),
        ListField("worker", place: .wideTables, of: { .text($0.worker) }),
        ListField("since", .time, place: .wideTables, of: { .time($0.since) }),
        ListField("why", key: "drained_reason", fit: .shortened, shown: { $0.draining?.description ?? "" }) {
            FieldValue($0.draining?.reason)
        },
    ]

    /// The state as people and programs read it: `drained` for a worker that is up and gets no new volumes.
    var word: String { state == .up && draining != nil ? "drained" : state.rawValue }
}
