internal import Identity
internal import VolumeAPI

extension Snapshot: Listable {
    static var plural: String { "snapshots" }

    static let fields: [ListField<Snapshot>] = [
        ListField("name", shown: { $0.name?.description ?? $0.id.description }) { FieldValue($0.name?.description) },
        ListField("volume", key: "volume_name", of: { .text($0.volumeLabel) }),
        ListField("size", .size, key: "size_bytes", of: { .size($0.size) }),
        ListField("pool", of: { FieldValue($0.pool) }),
        ListField("status", .word(SnapshotStatus.allCases.map(\.rawValue)), of: { .text($0.status.rawValue) }),
        ListField("created", .time, key: "created_at", place: Console.isTerminal ? .nowhere : .everywhere) {
            .time($0.createdAt)
        },
        ListField("age", .age, key: "age_seconds", place: Console.isTerminal ? .everywhere : .nowhere) {
            .age($0.createdAt)
        },
        ListField("id", place: .nowhere, of: { .text($0.id.description) }),
        ListField("volume_id", place: .nowhere, of: { .text($0.volume.description) }),
        ListField("project", place: .nowhere, of: { .text($0.project) }),
        ListField("updated", .time, key: "updated_at", place: .nowhere, of: { .time($0.updatedAt) }),
        ListField("flow", place: .nowhere, of: { .text($0.flow.description) }),
        ListField("error", key: "last_error", fit: .wrapped, place: .nowhere, of: { FieldValue($0.lastError) }),
    ]
}
