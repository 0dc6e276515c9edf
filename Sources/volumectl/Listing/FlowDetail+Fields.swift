internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

extension FlowDetail: Listable {
    static var plural: String { "flows" }

    var label: String { id.description }

    static let fields: [ListField<FlowDetail>] = [
        ListField("id", shown: { $0.id.shortened }, of: { .text($0.id.description) }),
        ListField("kind", key: "name", of: { .text($0.name) }),
        ListField("object", key: "subject", of: { .text($0.subject) }),
        ListField("state", of: { .text($0.stateWord) }),
        ListField("started", .time, aliases: ["created"], key: "created_at", shown: { $0.createdAt.ageOrTime }) {
            .time($0.createdAt)
        },
        ListField("took", .duration, key: "took_seconds") { flow in
            flow.state.isFinished ? .duration(flow.updatedAt.timeIntervalSince(flow.createdAt)) : .none
        },
        ListField("age", .age, key: "age_seconds", place: .nowhere, of: { .age($0.createdAt) }),
        ListField("updated", .time, key: "updated_at", place: .nowhere, of: { .time($0.updatedAt) }),
        ListField("waits", key: "waits_for", place: .nowhere, of: { FieldValue($0.place?.words) }),
        ListField("owner", place: .nowhere, of: { .text($0.owner) }),
        ListField("version", .number, place: .nowhere, of: { .number(Double($0.version)) }),
        ListField("resolution", place: .nowhere, of: { FieldValue($0.resolution?.note) }),
    ]
}
