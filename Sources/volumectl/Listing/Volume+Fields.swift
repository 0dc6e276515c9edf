internal import Identity
internal import VolumeAPI

extension Volume: Listable {
    static var plural: String { "volumes" }

    static let fields: [ListField<Volume>] = [
        ListField("name", shown: { $0.label }, of: { FieldValue($0.name?.description) }),
        ListField("size", .size, key: "size_bytes", of: { .size($0.size) }),
        ListField("pool", of: { FieldValue($0.pool) }),
        ListField("type", place: .wideTables, of: { FieldValue($0.type) }),
        ListField("status", .word(VolumeStatus.allCases.map(\.rawValue)), of: { .text($0.status.rawValue) }),
        ListField("created", .time, key: "created_at", place: Console.isTerminal ? .nowhere : .everywhere) {
            .time($0.createdAt)
        },
        ListField("age", .age, key: "age_seconds", place: Console.isTerminal ? .everywhere : .nowhere) {
            .age($0.createdAt)
        },
        ListField("used", place: .wideTables) { volume, service in
            let uses = await volume.attachments(service)
            return FieldValue(uses.isEmpty ? nil : Attachment.description(of: uses))
        },
        ListField("group", place: .nowhere, of: { FieldValue($0.groupName?.description) }),
        ListField("id", place: .nowhere, of: { .text($0.id.description) }),
        ListField("project", place: .nowhere, of: { .text($0.project) }),
        ListField("description", fit: .shortened, place: .nowhere) {
            FieldValue($0.attributes.description.isEmpty ? nil : $0.attributes.description)
        },
        ListField("labels", .words, aliases: ["label"], place: .nowhere, of: { .words($0.attributes.labels) }),
        ListField("protected", .flag, place: .nowhere, of: { .flag($0.attributes.isProtected) }),
        ListField("bootable", .flag, place: .nowhere, of: { .flag($0.attributes.isBootable) }),
        ListField("multiattach", .flag, place: .nowhere, of: { .flag($0.attributes.isMultiattach) }),
        ListField("key", key: "key_id", place: .nowhere, of: { FieldValue($0.attributes.keyID) }),
        ListField("snapshot", key: "source_snapshot", place: .nowhere) { FieldValue($0.sourceSnapshot?.description) },
        ListField("source", key: "source_volume", place: .nowhere) { FieldValue($0.sourceVolume?.description) },
        ListField("updated", .time, key: "updated_at", place: .nowhere, of: { .time($0.updatedAt) }),
        ListField("flow", place: .nowhere, of: { .text($0.flow.description) }),
        ListField("error", key: "last_error", fit: .wrapped, place: .nowhere, of: { FieldValue($0.lastError) }),
    ]

    /// How the volume is used; empty if it isn't, or its record can't be read.
    func attachments(_ service: any VolumeClient) async -> [Attachment] {
        guard [.attaching, .inUse, .detaching].contains(status) else { return [] }
        return (try? await service.attachments(of: self)) ?? []
    }
}
