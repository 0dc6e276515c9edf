internal import VolumeAPI
internal import VolumeDriver

extension PoolObject: Listable {
    static var plural: String { "objects" }

    var label: String { name }

    static let fields: [ListField<PoolObject>] = [
        ListField("name", title: "OBJECT", of: { .text($0.name) }),
        ListField("kind", .word(Kind.allCases.map(\.rawValue)), of: { .text($0.kind.rawValue) }),
        ListField("size", .size, key: "size_bytes", of: { FieldValue($0.size) }),
        ListField("owner", key: "label", title: "BELONGS TO", of: { FieldValue($0.ownerLabel) }),
        ListField("state", of: { .text($0.stateWord) }),
        ListField("why", key: "reason", fit: .shortened, shown: { $0.why ?? "" }) { FieldValue($0.why) },
        ListField("recorded_size", .size, key: "recorded_size_bytes", place: .nowhere) { FieldValue($0.recordedSize) },
        ListField("adoptable", .flag, place: .nowhere, of: { .flag($0.isAdoptable) }),
    ]

    /// Whether the object can be adopted as a volume.
    var isAdoptable: Bool { state == .unknown && obstacle == nil }

    /// The state for people and programs: the status of a record that promises nothing.
    var stateWord: String {
        switch state {
        case .recorded: "ok"
        case .unsettled: recordedStatus ?? state.rawValue
        case .differs, .missing, .elsewhere, .unknown: state.rawValue
        }
    }

    private var size: ByteCount? {
        guard case .complete(let size) = presence else { return nil }
        return size
    }

    private var ownerLabel: String? {
        switch owner {
        case .volume(_, let label), .snapshot(_, let label): label
        case .otherProject: "another project"
        case nil: nil
        }
    }

    private var why: String? {
        switch state {
        case .recorded, .unsettled, .missing: nil
        case .differs: recordedSize.map { "its record says \($0)" } ?? "its record can't be read"
        case .elsewhere: "its record says another pool"
        case .unknown: obstacle
        }
    }
}
