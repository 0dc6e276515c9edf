/// Makes a struct of fields directly from values, without encoding them.
struct ValueDecoder: Decoder {
    let ports: [Port]
    let fields: [any ErasedField.Type]
    let values: [(any Sendable)?]
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Container<Key>(ports: ports, fields: fields, values: values))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NotAField(name: "self", type: "array") }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw NotAField(name: "self", type: "value")
    }

    private struct Container<Key: CodingKey>: FieldDecodingContainer {
        let ports: [Port]
        let fields: [any ErasedField.Type]
        let values: [(any Sendable)?]

        private func index(of key: Key) -> Int? {
            let name = key.stringValue
            return ports.firstIndex { $0.name == name }
        }

        func contains(_ key: Key) -> Bool { index(of: key).map { values[$0] != nil } ?? false }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            guard let index = index(of: key), let value = values[index] else {
                throw FieldMismatch(name: key.stringValue, found: nil, wanted: "\(type)")
            }
            return try fields[index].holding(value, named: key.stringValue)
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

/// Collects the values of a struct of fields in the order in which it encodes them.
final class ValueCollector: Encoder {
    /// The types of the fields in the order in which they are encoded, which is that of their declaration.
    let fields: [any ErasedField.Type]
    private(set) var values: [any Sendable] = []
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(fields: [any ErasedField.Type]) { self.fields = fields }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Container<Key>(collector: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { preconditionFailure("FieldMap lets only fields through") }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        preconditionFailure("FieldMap lets only fields through")
    }

    private struct Container<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let collector: ValueCollector
        var codingPath: [any CodingKey] { [] }

        mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            let index = collector.values.count
            guard index < collector.fields.count, let held = collector.fields[index].value(of: value) else {
                throw NotAField(name: key.stringValue, type: "\(T.self)")
            }
            collector.values.append(held)
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
