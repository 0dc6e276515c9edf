internal import VolumeAPI

extension QoSSpecs: Listable {
    static var plural: String { "QoS specs" }

    var label: String { name }

    static let fields: [ListField<QoSSpecs>] = [
        ListField("name", of: { .text($0.name) }),
        ListField("consumer", .word(Consumer.allCases.map(\.rawValue)), of: { .text($0.consumer.rawValue) }),
        ListField("specs", .words, aliases: ["spec"], fit: .wrapped, of: { .words($0.specs) }),
        ListField("types", fit: .wrapped, shown: { $0.types.joined(separator: ", ") }) { specs in
            FieldValue(specs.types.isEmpty ? nil : specs.types.joined(separator: ","))
        },
    ]
}
