internal import Foundation
internal import VolumeAPI
internal import VolumeDriver

/// Which records are listed: `status=error,size>10G` are those that meet both conditions; of several texts, one has to be met.
struct Filter<Record: Listable>: Sendable {
    private let alternatives: [[Condition<Record>]]

    /// - Parameter texts: the filters as they are typed; without any, all records are listed.
    /// - Throws: `invalidInput` for a filter that can't be understood.
    init(_ texts: [String]) throws(VolumeError) {
        var alternatives: [[Condition<Record>]] = []
        for text in texts {
            var conditions: [Condition<Record>] = []
            for part in Self.parts(of: text) { conditions.append(try Condition(part)) }
            alternatives.append(conditions)
        }
        self.alternatives = alternatives
    }

    var isEmpty: Bool { alternatives.isEmpty }

    func matches(_ record: Record, _ service: any VolumeClient) async -> Bool {
        if isEmpty { return true }
        for conditions in alternatives where await Self.meets(record, conditions, service) { return true }
        return false
    }

    private static func meets(
        _ record: Record,
        _ conditions: [Condition<Record>],
        _ service: any VolumeClient
    ) async -> Bool {
        for condition in conditions where await !condition.isMet(by: record, service) { return false }
        return true
    }

    /// The texts between commas. A comma after a backslash belongs to the text.
    private static func parts(of text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            switch (isEscaped, character) {
            case (false, "\\"): isEscaped = true
            case (false, ","): parts.append("")
            case (false, _): parts[parts.count - 1].append(character)
            case (true, _):
                parts[parts.count - 1] += (character == "," ? "" : "\\") + String(character)
                isEscaped = false
            }
        }
        if isEscaped { parts[parts.count - 1].append("\\") }
        return parts
    }
}

/// A condition on a field: `size>=10G`.
private struct Condition<Record: Listable>: Sendable {
    private enum Comparison: String, CaseIterable {
        // Longer ones first, as the others are their beginnings or ends.
        case notEqual = "!="
        case notLike = "!~"
        case atLeast = ">="
        case atMost = "<="
        case equal = "="
        case like = "~"
        case more = ">"
        case less = "<"
    }

    private enum Operand: Sendable {
        case text(String)
        case pattern(Pattern)
        case number(Double)
        /// A size, exactly.
        case size(ByteCount)
    }

    private let field: ListField<Record>
    /// The key of a word, such as a label's.
    private let key: String?
    private let comparison: Comparison
    private let operand: Operand
    /// Whether the operand of a time is an age, which grows as the time becomes less.
    private var isAge = false

    init(_ text: String) throws(VolumeError) {
        let name = text.prefix { !"=!<>~".contains($0) }
        let rest = text[name.endIndex...]
        guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }), !name.isEmpty else {
            throw .filter(text, "it is not a field, one of = != > >= < <= ~ !~, and a value")
        }
        let value = String(rest.dropFirst(comparison.rawValue.count))
        var (path, key) = (name.trimmingCharacters(in: .whitespaces), String?.none)
        if let dot = path.firstIndex(of: ".") {
            (path, key) = (String(path[..<dot]), String(path[path.index(after: dot)...]))
        }
        let field = try Record.field(path, to: "filter \(Record.plural) by \(text.quoted)")
        if case .words = field.kind {
            guard let key, !key.isEmpty else {
                throw .filter(text, "the name of a key has to follow: \(field.name).KEY=VALUE")
            }
        } else if key != nil {
            throw .filter(text, "field \(field.name) has no keys")
        }
        (self.field, self.key, self.comparison) = (field, key, comparison)
        if comparison == .like || comparison == .notLike {
            guard field.kind.isText else {
                throw .filter(text, "a regular expression can't be compared with \(field.kind.noun)")
            }
            do throws(Pattern.Problem) {
                operand = .pattern(try Pattern(value))
            } catch {
                throw .filter(text, "\(value.quoted) is not a regular expression: \(error.description)")
            }
            return
        }
        guard !value.isEmpty else {
            guard comparison == .equal || comparison == .notEqual else { throw .filter(text, "it has no value") }
            operand = .text("")
            return
        }
        if field.kind.isText {
            guard comparison == .equal || comparison == .notEqual else {
                throw .filter(text, "\(field.kind.noun) can be compared by =, !=, ~ and !~")
            }
            if case .word(let words) = field.kind, !words.contains(value) {
                throw .filter(text, "\(field.name) is one of \(words.joined(separator: ", "))")
            }
            operand = .text(value)
            return
        }
        (operand, isAge) = try Self.operand(value, field, in: text)
    }

    private static func operand(
        _ value: String,
        _ field: ListField<Record>,
        in text: String
    ) throws(VolumeError) -> (Operand, isAge: Bool) {
        switch field.kind {
        case .size:
            if value == "0" { return (.size(.zero), false) }
            guard case .exactly(let size)? = try? SizeExpression(parsing: value) else {
                throw .filter(text, "\(value.quoted) is not a size such as 10G, 512M or 4096b")
            }
            return (.size(size), false)
        case .flag:
            guard let flag = ["true": 1.0, "yes": 1, "false": 0, "no": 0][value.lowercased()] else {
                throw .filter(text, "\(value.quoted) is neither true nor false")
            }
            return (.number(flag), false)
        case .number:
            guard let number = Double(value), number.isFinite else {
                throw .filter(text, "\(value.quoted) is not a number")
            }
            return (.number(number), false)
        case .time:
            if let time = Date(typed: value) { return (.number(time.timeIntervalSinceReferenceDate), false) }
            guard let span = TimeSpan(argument: value) else {
                throw .filter(
                    text,
                    "\(value.quoted) is neither a time such as 2026-11-28T09:00:00Z nor an age such as 7d"
                )
            }
            return (.number(span.seconds), true)
        case .age, .duration:
            guard let span = TimeSpan(argument: value) else {
                throw .filter(text, "\(value.quoted) is not a time span such as 7d, 12h or 30m")
            }
            return (.number(span.seconds), false)
        case .text, .word, .words: return (.text(value), false)
        }
    }

    func isMet(by record: Record, _ service: any VolumeClient) async -> Bool {
        var value = await field.value(record, service)
        if let key, case .words(let words) = value { value = FieldValue(words[key]) }
        if isAge, case .time(let time) = value { value = .age(time) }
        let isNegative = comparison == .notEqual || comparison == .notLike
        switch operand {
        case .pattern(let pattern): return pattern.matches(value.exact ?? "") != isNegative
        case .text(let text): return ((value.exact ?? "") == text) != isNegative
        case .size(let size):
            guard case .size(let found) = value else { return isNegative }
            return compare(found, size)
        case .number(let number):
            guard let found = value.rank else { return isNegative }
            return compare(found, number)
        }
    }

    private func compare<Value: Comparable>(_ value: Value, _ operand: Value) -> Bool {
        switch comparison {
        case .equal: value == operand
        case .notEqual: value != operand
        case .more: value > operand
        case .atLeast: value >= operand
        case .less: value < operand
        case .atMost: value <= operand
        case .like, .notLike: false
        }
    }
}

extension ListField.Kind {
    fileprivate var isText: Bool {
        switch self {
        case .text, .word, .words: true
        case .flag, .number, .size, .time, .age, .duration: false
        }
    }

    /// The kind of the values, for a message.
    fileprivate var noun: String {
        switch self {
        case .text, .word, .words: "a text"
        case .flag: "true or false"
        case .number: "a number"
        case .size: "a size"
        case .time: "a time"
        case .age, .duration: "a time span"
        }
    }
}

extension VolumeError {
    fileprivate static func filter(_ text: String, _ problem: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "the filter \(text.quoted) can't be understood",
            cause: problem,
            remedies: [.command("help filters")]
        )
    }
}

extension Date {
    /// A time as it is typed: `2026-11-28`, `2026-11-28T09:00:00Z`, or with another offset; a day begins at midnight UTC.
    init?(typed text: String) {
        let style = Date.ISO8601FormatStyle()
        let date = (try? style.parse(text)) ?? (try? style.year().month().day().parse(text))
        guard let date else { return nil }
        self = date
    }
}
