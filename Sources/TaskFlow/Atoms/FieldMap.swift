internal import FoundationEssentials

/// The fields of `Owner`: their names and types, and the ways between an `Owner`, its values and its stored form.
struct FieldMap<Owner: Fields>: Sendable {
    /// In the order of declaration.
    let ports: [Port]
    private let blank: Owner

    /// - Throws: ``NotAField`` when a stored property of `Owner` is not a field.
    init() throws {
        let record = BlankDecoder.Record()
        blank = try Owner(from: BlankDecoder(record: record))
        ports = record.ports
    }

    func name<Value>(of field: KeyPath<Owner, Field<Value>>) -> String { blank[keyPath: field].name }

    /// - Parameter values: in the order of `ports`; `nil` for one that is left out.
    func assemble(_ values: [(any Sendable)?]) throws -> Owner {
        ports.isEmpty ? blank : try Owner(from: ValueDecoder(ports: ports, values: values))
    }

    /// The values of `owner` in the order of `ports`.
    func dissect(_ owner: Owner) throws -> [any Sendable] {
        guard !ports.isEmpty else { return [] }
        let collector = ValueCollector()
        try owner.encode(to: collector)
        return collector.values
    }

    /// `owner` as a JSON object, its stored form.
    func encode(_ owner: Owner) throws -> String {
        guard !ports.isEmpty else { return "{}" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(owner), as: UTF8.self)
    }

    func decode(_ stored: String) throws -> Owner {
        ports.isEmpty ? blank : try JSONDecoder().decode(Owner.self, from: Data(stored.utf8))
    }
}

/// A stored property that a flow can't name, because it is not a field.
struct NotAField: Error, CustomStringConvertible {
    let name: String
    let type: String

    var description: String { "'\(name)' is a plain \(type): declare it '@Field var \(name): \(type)'" }
}
