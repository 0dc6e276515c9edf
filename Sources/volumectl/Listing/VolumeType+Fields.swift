internal import VolumeAPI

extension VolumeType: Listable {
    static var plural: String { "volume types" }

    var label: String { name }

    static let fields: [ListField<VolumeType>] = [
        ListField("name", of: { .text($0.name) }),
        ListField("access", .word(["public", "private"])) { .text($0.projects == nil ? "public" : "private") },
        ListField("specs", .words, aliases: ["spec"], key: "extra_specs", fit: .wrapped) { .words($0.extraSpecs) },
        ListField("description", fit: .shortened, of: { .text($0.description) }),
        ListField("created", .time, key: "created_at", place: .nowhere, of: { .time($0.createdAt) }),
        ListField("age", .age, key: "age_seconds", place: .nowhere, of: { .age($0.createdAt) }),
    ]
}
