internal import Foundation

/// Results as JSON. The keys are a contract: keys are added, never changed or removed.
enum JSONOutput {
    static func text(_ value: some Encodable, onOneLine: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        return text == "[\n\n]" ? "[]" : text
    }
}

/// A value that is written as `null` when it is missing, so that its key is always there.
@propertyWrapper
struct Nullable<Value: Encodable>: Encodable {
    let wrappedValue: Value?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue {
            try container.encode(wrappedValue)
        } else {
            try container.encodeNil()
        }
    }
}

/// JSON that is passed on unchanged.
enum JSONValue: Codable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init?(parsing text: String?) {
        guard let text, let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
        self = value
    }

    /// A result as it is printed.
    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: Data(JSONOutput.text(value, onOneLine: true).utf8))
    }

    /// The value with the keys of results, which are in snake case and name their unit. Flows store Swift names.
    var withResultKeys: JSONValue {
        switch self {
        case .array(let values): .array(values.map(\.withResultKeys))
        case .object(let members):
            .object(
                Dictionary(members.map { (Self.resultKey($0.key, of: $0.value), $0.value.withResultKeys) }) { $1 }
            )
        default: self
        }
    }

    private static let byteCounts: Set = [
        "actualSize", "allocated", "free", "granule", "logical", "promised", "size", "total", "used", "virtualFree",
    ]

    private static func resultKey(_ key: String, of value: JSONValue) -> String {
        let snake = key.replacing(/[A-Z]+/) { "_\($0.output.lowercased())" }
        guard case .integer = value, byteCounts.contains(key) else { return snake }
        return snake + "_bytes"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
