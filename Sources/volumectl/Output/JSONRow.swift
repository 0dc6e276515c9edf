internal import Foundation

/// An object that long lists have many of, and so names its members itself: an encoder takes three times as long as all else
/// that is done for a row.
protocol JSONRow: Encodable {
    /// The members as ``JSONOutput`` writes them, in the order of their keys; `nil` if one of them needs an encoder.
    var members: [(key: StaticString, value: JSONScalar)]? { get }
}

/// A value without parts, or an object of at most one text, in which no order of keys matters.
enum JSONScalar {
    case null
    case flag(Bool)
    case integer(Int64)
    case text(String)
    case object((key: String, value: String)?)

    init(_ text: String?) { self = text.map(Self.text) ?? .null }

    init(_ number: Int64?) { self = number.map(Self.integer) ?? .null }
}

extension JSONOutput {
    /// The elements of an array as ``text(_:onOneLine:)`` writes them, without the array's brackets.
    static func elements(_ values: [some Encodable]) throws -> String {
        let rows = values.compactMap { ($0 as? any JSONRow)?.members }
        guard rows.count == values.count else { return try String(text(values).dropFirst().dropLast(2)) }
        var text: [UInt8] = []
        for (number, members) in rows.enumerated() {
            text += (number == 0 ? "\n  {" : ",\n  {").utf8
            for (place, member) in members.enumerated() {
                text += (place == 0 ? "\n    \"" : ",\n    \"").utf8
                member.key.withUTF8Buffer { text += $0 }
                text += "\" : ".utf8
                switch member.value {
                case .null: text += "null".utf8
                case .flag(let value): text += value.description.utf8
                case .integer(let value): text += value.description.utf8
                case .text(let value): try text.appendQuoted(value)
                case .object(let member):
                    text += "{\n".utf8
                    if let member {
                        text += "      ".utf8
                        try text.appendQuoted(member.key)
                        text += " : ".utf8
                        try text.appendQuoted(member.value)
                    }
                    text += "\n    }".utf8
                }
            }
            text += "\n  }".utf8
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Adds `string` as a string of JSON.
    fileprivate mutating func appendQuoted(_ string: String) throws {
        guard string.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) else {
            return self += try JSONOutput.text(string).utf8
        }
        append(UInt8(ascii: "\""))
        self += string.utf8
        append(UInt8(ascii: "\""))
    }
}
