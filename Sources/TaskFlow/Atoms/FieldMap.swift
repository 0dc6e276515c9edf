internal import FoundationEssentials
internal import Synchronization

/// The fields of `Owner`: their names and types, and the conversions between an `Owner`, its values and its stored
/// form.
///
/// A class, so that all steps of a type share one.
final class FieldMap<Owner: Fields>: Sendable {
    /// In the order of declaration.
    let ports: [Port]
    /// The fields whose defaults can't be told apart: only some fields of their type have one.
    let unclear: Set<String>
    private let blank: Owner
    /// The fields' types, kept so that they needn't be found out for each value.
    private let fields: [any ErasedField.Type]
    /// In the order of `ports`.
    private let defaults: [(any Sendable)?]

    /// - Throws: ``NotAField`` when a stored property of `Owner` is not a field.
    init() throws {
        let record = BlankDecoder.Record()
        let declared = DeclaredDefaults()
        blank = try DeclaredDefaults.$collecting.withValue(declared) {
            try Owner(from: BlankDecoder(record: record))
        }
        ports = record.ports
        fields = record.fields
        let (defaults, unclear) = declared.assigned(to: record.fields.map { $0.valueType })
        self.defaults = defaults
        self.unclear = Set(unclear.map { record.ports[$0].name })
    }

    /// The map of `Owner`, made once: a flow of many steps has few types of them.
    static func shared() throws -> FieldMap {
        let type = ObjectIdentifier(Owner.self)
        if let made = madeMaps.withLock({ $0[type] }) as? FieldMap { return made }
        let map = try FieldMap()
        madeMaps.withLock { $0[type] = map }
        return map
    }

    /// The fields as inputs: a field with a default is optional.
    var requiredPorts: [Port] {
        zip(ports, defaults).map { port, value in value == nil ? port : port.leftOutAtWill }
    }

    func name<Value>(of field: KeyPath<Owner, Field<Value>>) -> String { blank[keyPath: field].name }

    /// - Parameter values: in the order of `ports`; `nil` for a field that is left out.
    func assemble(_ values: [(any Sendable)?]) throws -> Owner {
        guard !ports.isEmpty else { return blank }
        var values = values
        for (index, fallback) in defaults.enumerated() {
            // A provided `nil` counts as left out only for a field with a default.
            guard let fallback, !ports[index].isOptional else { continue }
            if let value = values[index], !((value as? any Omissible)?.isOmitted ?? false) { continue }
            values[index] = fallback
        }
        return try Owner(from: ValueDecoder(ports: ports, fields: fields, values: values))
    }

    /// The values of `owner` in the order of `ports`.
    func dissect(_ owner: Owner) throws -> [any Sendable] {
        guard !ports.isEmpty else { return [] }
        let collector = ValueCollector(fields: fields)
        try owner.encode(to: collector)
        return collector.values
    }

    /// `owner` as a JSON object, its stored form.
    func encode(_ owner: Owner) throws -> String {
        guard !ports.isEmpty else { return "{}" }
        return try ValueEncoder.text(of: owner)
    }

    func decode(_ stored: String) throws -> Owner {
        ports.isEmpty ? blank : try JSONDecoder().decode(Owner.self, from: Data(stored.utf8))
    }
}

/// The maps of all types that steps have been made of, by the types of their owners.
private let madeMaps = Mutex<[ObjectIdentifier: any Sendable]>([:])

/// A stored property is not a field, so that a flow can't name it.
struct NotAField: Error, CustomStringConvertible {
    let name: String
    let type: String

    var description: String { "'\(name)' is a plain \(type): declare it '@Field var \(name): \(type)'" }
}
