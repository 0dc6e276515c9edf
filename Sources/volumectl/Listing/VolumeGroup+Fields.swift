internal import Identity
internal import VolumeAPI

extension VolumeGroup: Listable {
    static var plural: String { "groups" }

    var label: String { name.description }

    static let fields: [ListField<VolumeGroup>] = [
        ListField("name", of: { .text($0.name.description) }),
        ListField("volumes", .number, of: { .number(Double($0.volumes)) }),
        ListField("types", fit: .wrapped, shown: { $0.types.joined(separator: ", ") }) { group in
            FieldValue(group.types.isEmpty ? nil : group.types.joined(separator: ","))
        },
        ListField("description", fit: .shortened, of: { .text($0.description) }),
        ListField("id", place: .nowhere, of: { .text($0.id.description) }),
        ListField("project", place: .nowhere, of: { .text($0.project) }),
        ListField("created", .time, key: "created_at", place: .nowhere, of: { .time($0.createdAt) }),
        ListField("age", .age, key: "age_seconds", place: .nowhere, of: { .age($0.createdAt) }),
    ]
}
