/// Decodes a blank for every field that is asked for, and so learns which fields a type has.
struct BlankDecoder: Decoder {
    final class Record {
        var ports: [Port] = []
        var fields: [any ErasedField.Type] = []
    }

    let record: Record
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Container<Key>(record: record))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NotAField(name: "self", type: "array") }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw NotAField(name: "self", type: "value")
    }

    private struct Container<Key: CodingKey>: FieldDecodingContainer {
        let record: Record

        func contains(_ key: Key) -> Bool { true }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            guard let field = type as? any ErasedField.Type,
                let blank = field.blank(named: key.stringValue) as? T
            else { throw NotAField(name: key.stringValue, type: "\(type)") }
            record.ports.append(field.port(named: key.stringValue))
            record.fields.append(field)
            return blank
        }
    }
}

/// A container that holds fields and nothing else.
protocol FieldDecodingContainer: KeyedDecodingContainerProtocol {}

extension FieldDecodingContainer {
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func decodeNil(forKey key: Key) -> Bool { false }

    func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: Key) throws -> KeyedDecodingContainer<N> {
        throw NotAField(name: key.stringValue, type: "object")
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw NotAField(name: key.stringValue, type: "array")
    }

    func superDecoder() throws -> any Decoder { throw NotAField(name: "super", type: "class") }

    func superDecoder(forKey key: Key) throws -> any Decoder { throw NotAField(name: key.stringValue, type: "class") }
}
