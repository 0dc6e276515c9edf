internal import VolumeAPI
internal import VolumeDriver

extension Project: Listable {
    static var plural: String { "projects" }

    var label: String { name }

    static let fields: [ListField<Project>] = [
        ListField("name", of: { .text($0.name) }),
        ListField("volumes", .number, of: { .number(Double($0.amount.volumes)) }),
        ListField("snapshots", .number, of: { .number(Double($0.amount.snapshots)) }),
        ListField("groups", .number, of: { .number(Double($0.groups)) }),
        ListField("size", .size, key: "size_bytes", of: { .size($0.amount.size) }),
        ListField("limits", .word(["own", "configured"])) { .text($0.hasOwnLimits ? "own" : "configured") },
    ]
}
