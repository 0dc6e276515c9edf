internal import Foundation
internal import VolumeAPI

/// A condition on a pool in JSON, such as `[">=", "$free_capacity_gb", 100]` (`cinder: JsonFilter`).
///
/// The operators are `=` `<` `>` `<=` `>=` `in` `not` `and` `or`. An operand that begins with `$` is a value of the pool, or of its
/// capabilities as `$capabilities.media`; an operand that the pool has not is left out.
struct PoolQuery: Sendable {
    /// The maximum length in bytes.
    static let mostBytes = 4096
    /// The maximum depth of nested lists.
    static let mostDepth = 32

    private enum Operator: String, CaseIterable {
        case equal = "="
        case less = "<"
        case greater = ">"
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case `in`, not, and, or
    }

    private indirect enum Term: Sendable, Decodable {
        case list([Term])
        case value(ExpressionValue)
        case none

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .none
            } else if let truth = try? container.decode(Bool.self) {
                self = .value(.truth(truth))
            } else if let number = try? container.decode(Double.self) {
                self = .value(.number(number))
            } else if let text = try? container.decode(String.self) {
                self = .value(.text(text))
            } else {
                self = .list(try container.decode([Term].self))
            }
        }
    }

    private let root: Term

    /// - Throws: ``ExpressionError`` for a text that is no query.
    init(parsing text: String) throws(ExpressionError) {
        guard text.utf8.count <= Self.mostBytes else {
            throw ExpressionError("it is longer than \(Self.mostBytes) bytes")
        }
        guard Self.depth(of: text) <= Self.mostDepth else {
            throw ExpressionError("it is nested more than \(Self.mostDepth) levels deep")
        }
        guard let root = try? JSONDecoder().decode(Term.self, from: Data(text.utf8)) else {
            throw ExpressionError("it is no JSON list such as [\">=\", \"$free_capacity_gb\", 100]")
        }
        guard case .list(let parts) = root else { throw ExpressionError("it is no JSON list") }
        try Self.check(parts)
        self.root = root
    }

    /// The deepest nesting of brackets outside of texts.
    private static func depth(of text: String) -> Int {
        var (depth, most, isInText, isEscaped) = (0, 0, false, false)
        for byte in text.utf8 {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                most = max(most, depth)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return most
    }

    /// Refuses a list that does not begin with an operator; an empty list holds.
    private static func check(_ parts: [Term]) throws(ExpressionError) {
        guard let first = parts.first else { return }
        guard case .value(.text(let word)) = first, Operator(rawValue: word) != nil else {
            let words = Operator.allCases.map(\.rawValue).joined(separator: " ")
            throw ExpressionError("each list begins with one of the operators \(words)")
        }
        for case .list(let parts) in parts.dropFirst() { try check(parts) }
    }

    /// The result for a pool, with the values that were compared.
    func check(_ properties: ExpressionProperties) -> FilterCheck {
        guard case .list(let parts) = root else { return FilterCheck("JsonFilter", passes: true, "no condition") }
        var read: [String: ExpressionValue?] = [:]
        let passes = Self.holds(parts, properties, &read)
        let values = read.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value.map(\.description) ?? "missing")" }
            .joined(separator: ", ")
        return FilterCheck(
            "JsonFilter",
            passes: passes,
            values.isEmpty ? "the query names no value of the pool" : values
        )
    }

    private static func holds(
        _ parts: [Term],
        _ properties: ExpressionProperties,
        _ read: inout [String: ExpressionValue?]
    ) -> Bool {
        guard case .value(.text(let word))? = parts.first, let operation = Operator(rawValue: word) else { return true }
        var values: [ExpressionValue] = []
        for part in parts.dropFirst() {
            switch part {
            case .list(let parts): values.append(.truth(holds(parts, properties, &read)))
            case .value(.text(let text)) where text.hasPrefix("$"):
                let value = value(String(text.dropFirst()), properties)
                read[text] = .some(value)
                if let value { values.append(value) }
            case .value(.text(let text)): values.append(ExpressionValue(reading: text))
            case .value(let value): values.append(value)
            case .none: continue
            }
        }
        return result(of: operation, values)
    }

    private static func result(of operation: Operator, _ values: [ExpressionValue]) -> Bool {
        switch operation {
        case .and: return values.allSatisfy(\.isTrue)
        case .or: return values.contains(where: \.isTrue)
        case .not: return values.contains { !$0.isTrue }
        default: break
        }
        guard values.count >= 2 else { return false }
        let (first, rest) = (values[0], values.dropFirst())
        switch operation {
        case .equal: return rest.allSatisfy(first.equals)
        case .in: return rest.contains(where: first.equals)
        case .less: return rest.allSatisfy { first.isLess(than: $0) == true }
        case .greater: return rest.allSatisfy { $0.isLess(than: first) == true }
        case .lessOrEqual: return rest.allSatisfy { $0.isLess(than: first) == false }
        default: return rest.allSatisfy { first.isLess(than: $0) == false }
        }
    }

    /// The value that `name` refers to, such as `free_capacity_gb` or `capabilities.media`.
    private static func value(_ name: String, _ properties: ExpressionProperties) -> ExpressionValue? {
        guard let dot = name.firstIndex(of: ".") else { return properties.stats(name) }
        return properties[String(name[..<dot]), String(name[name.index(after: dot)...])]
    }
}
