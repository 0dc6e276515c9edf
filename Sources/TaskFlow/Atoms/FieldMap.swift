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
    /// The defaults of those fields that have one, by their places in `ports`.
    private let defaults: [(place: Int, value: any Sendable)]

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
        self.defaults = defaults.enumerated().compactMap { place, value in value.map { (place, $0) } }
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
        var ports = ports
        for (place, _) in defaults { ports[place] = ports[place].leftOutAtWill }
        return ports
    }

    func name<Value>(of field: KeyPath<Owner, Field<Value>>) -> String { blank[keyPath: field].name }

    /// - Parameter values: in the order of `ports`; `nil` for a field that is left out.
    func assemble(_ values: [(any Sendable)?]) throws -> Owner {
        guard !ports.isEmpty else { return blank }
        var values = values
        for (place, fallback) in defaults where !ports[place].isOptional {
            // A provided `nil` counts as left out only for a field with a default.
            if let value = values[place], !((value as? any Omissible)?.isOmitted ?? false) { continue }
            values[place] = fallback
        }
        return try Owner(from: ValueDecoder(ports: ports, fields: fields, values: values))
    }

    /// The values of `owner` in the order of `ports`.
    func dissect(_ owner: Owner) throws -> [any Sendable] {
        guard !ports.isEmpty else { return [] }
        let collector = ValueCollector(fields: fields, isEncoding: false)
        try owner.encode(to: collector)
        return collector.values
    }

    /// The values of `owner` in the order of `ports`, and its stored form, a JSON object.
    func take(_ owner: Owner) throws -> (values: [any Sendable], stored: String) {
        guard !ports.isEmpty else { return ([], "{}") }
        let collector = ValueCollector(fields: fields, isEncoding: true)
        try owner.encode(to: collector)
        return (collector.values, collector.encoded.text)
    }

    /// The stored form of `owner`.
    func encode(_ owner: Owner) throws -> String { try take(owner).stored }

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
