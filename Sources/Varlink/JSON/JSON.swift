internal import FoundationEssentials

/// A JSON value of any shape.
public enum JSON: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number that is written without fraction and exponent and fits into 64 bits.
    case int(Int64)
    /// Every other number.
    case double(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSON])
    /// An object; the order of its members has no meaning.
    case object([String: JSON])

    /// The object without members.
    public static let empty = JSON.object([:])

    /// The member of that name, if the value is an object and has it.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    /// Turns an encodable value into JSON.
    ///
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/notEncodable`` if the value can't be written as JSON.
    public init(encoding value: some Encodable) throws(VarlinkError) {
        self = try JSON(text: JSONText.encode(value), depth: 512)
    }

    /// Returns the value as one of a Swift type.
    ///
    /// - Throws: `DecodingError` if it is none.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: JSONEncoder().encode(self))
    }
}

extension JSON: Codable {
    /// Takes the first kind of value that the decoder has there.
    public init(from decoder: any Decoder) throws {
        if let object = try? [String: JSON](from: decoder) {
            self = .object(object)
        } else if let array = try? [JSON](from: decoder) {
            self = .array(array)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Int64.self) {
                self = .int(value)
            } else if let value = try? container.decode(Double.self) {
                self = .double(value)
            } else {
                self = .string(try container.decode(String.self))
            }
        }
    }

    /// Writes the value as what it is.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .array(let array): try array.encode(to: encoder)
        case .object(let object): try object.encode(to: encoder)
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value): try value.encode(to: encoder)
        case .int(let value): try value.encode(to: encoder)
        case .double(let value): try value.encode(to: encoder)
        case .string(let value): try value.encode(to: encoder)
        }
    }
}

/// The text of encodable values.
enum JSONText {
    static func encode(_ value: some Encodable) throws(VarlinkError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw VarlinkError(.notEncodable, "a \(type(of: value)) can't be written as JSON", cause: "\(error)")
        }
    }
}
