/// Makes a struct of fields directly from values, without encoding them.
final class ValueDecoder: Decoder {
    private let ports: [Port]
    private let fields: [any ErasedField.Type]
    private let values: [(any Sendable)?]
    /// The field that was found last. Fields are decoded in the order of their declaration.
    private var found = 0
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// - Parameter values: in the order of `ports`; `nil` for a field that is left out.
    init(ports: [Port], fields: [any ErasedField.Type], values: [(any Sendable)?]) {
        (self.ports, self.fields, self.values) = (ports, fields, values)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Container<Key>(source: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NotAField(name: "self", type: "array") }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw NotAField(name: "self", type: "value")
    }

    private func index(of name: String) -> Int? {
        for _ in ports.indices {
            if ports[found].name == name { return found }
            found = found + 1 < ports.count ? found + 1 : 0
        }
        return nil
    }

    private func contains(_ name: String) -> Bool { index(of: name).map { values[$0] != nil } ?? false }

    private func decode<T: Decodable>(_ type: T.Type, named name: String) throws -> T {
        guard let index = index(of: name), let value = values[index] else {
            throw FieldMismatch(name: name, found: nil, wanted: "\(type)")
        }
        return try fields[index].holding(value, named: name)
    }

    private struct Container<Key: CodingKey>: FieldDecodingContainer {
        let source: ValueDecoder

        func contains(_ key: Key) -> Bool { source.contains(key.stringValue) }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try source.decode(type, named: key.stringValue)
        }
    }
}

/// A value is missing or has another type than its field. The compiler refuses flows in which that could happen.
struct FieldMismatch: Error, CustomStringConvertible {
    let name: String
    let found: String?
    let wanted: String

    var description: String { "'\(name)' is \(found ?? "missing"), where \(wanted) is wanted" }
}

/// Collects the values of a struct of fields in the order in which it encodes them, and encodes them if that is wanted.
final class ValueCollector: Encoder {
    /// The types of the fields in the order in which they are encoded, which is that of their declaration.
    private let fields: [any ErasedField.Type]
    private let isEncoding: Bool
    private(set) var values: [any Sendable] = []
    /// The object of the encoded values.
    let encoded = EncodedValue()
    /// The place of the value that is being encoded.
    private let member = EncodedValue()
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(fields: [any ErasedField.Type], isEncoding: Bool) {
        (self.fields, self.isEncoding) = (fields, isEncoding)
        values.reserveCapacity(fields.count)
        encoded.becomeObject()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Container<Key>(collector: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { preconditionFailure("FieldMap lets only fields through") }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        preconditionFailure("FieldMap lets only fields through")
    }

    private func take<T: Encodable>(_ value: T, named name: String) throws {
        let index = values.count
        guard index < fields.count, let held = fields[index].value(of: value) else {
            throw NotAField(name: name, type: "\(T.self)")
        }
        values.append(held)
        if isEncoding { encoded.add(try member.content(of: value), for: name) }
    }

    private struct Container<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let collector: ValueCollector
        var codingPath: [any CodingKey] { [] }

        mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            try collector.take(value, named: key.stringValue)
        }

        mutating func encodeNil(forKey key: Key) throws { throw NotAField(name: key.stringValue, type: "nil") }

        mutating func nestedContainer<N: CodingKey>(keyedBy: N.Type, forKey: Key) -> KeyedEncodingContainer<N> {
            preconditionFailure("FieldMap lets only fields through")
        }

        mutating func nestedUnkeyedContainer(forKey: Key) -> any UnkeyedEncodingContainer {
            preconditionFailure("FieldMap lets only fields through")
        }

        mutating func superEncoder() -> any Encoder { collector }

        mutating func superEncoder(forKey: Key) -> any Encoder { collector }
    }
}
