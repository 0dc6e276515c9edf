/// How fields and values are written for programs.
enum Notation: String, Sendable {
    /// Indented JSON; a list is one array.
    case json
    /// JSON with one object per line.
    case jsonl
    case yaml
    /// Comma-separated values (RFC 4180) with a header.
    case csv
    /// The values alone: those of a listed record on one line, separated by blanks; those of a single object on a line each.
    case value
    /// The name, or the id of what has no name.
    case name

    /// The notation of the command that runs.
    @TaskLocal static var current = Notation.json

    /// Whether texts are quoted. Errors are written as JSON then, too.
    var isStructured: Bool {
        switch self {
        case .json, .jsonl, .yaml: true
        case .csv, .value, .name: false
        }
    }

    /// Writes one object.
    func text(of value: some Encodable) throws -> String {
        switch self {
        case .json: return try JSONOutput.text(value) + "\n"
        case .jsonl: return try JSONOutput.text(value, onOneLine: true) + "\n"
        case .yaml: return try YAMLOutput.text(JSONValue(encoding: value))
        case .csv, .name: break
        case .value:
            if case .object = try JSONValue(encoding: value) {
                return try NamedValues(encoding: value).members.map { $0.value.line + "\n" }.joined()
            }
        }
        guard case .array(let elements) = try JSONValue(encoding: value) else {
            return try text(of: [value], isFirst: true, hasHeader: true)
        }
        return try text(of: elements, isFirst: true, hasHeader: true)
    }

    /// Writes the next objects of a list.
    ///
    /// - Parameter isFirst: whether none have been written before.
    func text(of values: [some Encodable], isFirst: Bool, hasHeader: Bool) throws -> String {
        switch self {
        case .json: return (isFirst ? "[" : ",") + (try JSONOutput.elements(values))
        case .jsonl: return try values.map { try JSONOutput.text($0, onOneLine: true) + "\n" }.joined()
        case .yaml: return try values.map { try YAMLOutput.text(.array([JSONValue(encoding: $0)])) }.joined()
        case .csv, .value, .name: break
        }
        let rows = try values.map { try ($0 as? NamedValues) ?? NamedValues(encoding: $0) }
        switch self {
        case .value: return rows.map { $0.members.map(\.value.line).joined(separator: " ") + "\n" }.joined()
        case .csv:
            let header = isFirst && hasHeader ? rows.first.map { [$0.members.map(\.key)] } ?? [] : []
            let lines = header + rows.map { $0.members.map(\.value.cell) }
            return lines.map { $0.map(\.quotedForCSV).joined(separator: ",") + "\n" }.joined()
        default: return rows.map { $0.name.line + "\n" }.joined()
        }
    }

    /// The end of a list.
    func end(afterNone isEmpty: Bool) -> String {
        switch self {
        case .json: isEmpty ? "[]\n" : "\n]\n"
        case .yaml: isEmpty ? "[]\n" : ""
        case .jsonl, .csv, .value, .name: ""
        }
    }
}

/// Values by their names, in the order in which they are printed.
struct NamedValues: Encodable {
    let members: [(key: String, value: JSONValue)]

    init(_ members: [(key: String, value: JSONValue)]) { self.members = members }

    /// The members of an object in the order of their names, without the name of its schema.
    init(encoding value: some Encodable) throws {
        guard case .object(let members) = try JSONValue(encoding: value) else {
            members = [("value", try JSONValue(encoding: value))]
            return
        }
        self.members = members.sorted { $0.key < $1.key }.filter { $0.key != "schema" }.map { ($0.key, $0.value) }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (key, value) in members { try container.encode(value, forKey: Key(stringValue: key)) }
    }

    /// The object's name, or what else identifies it.
    var name: JSONValue {
        // The name of a flow is that of its kind.
        for key in members.contains(where: { $0.key == "subject" }) ? ["id"] : ["name", "id", "project"] {
            if let value = members.first(where: { $0.key == key })?.value, case .string = value { return value }
        }
        return members.first?.value ?? .null
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension JSONValue {
    /// The value as a cell: texts as they are, objects and arrays as JSON, nothing for `null`.
    var cell: String {
        switch self {
        case .null: ""
        case .string(let text): text
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number, .array, .object: (try? JSONOutput.text(self, onOneLine: true)) ?? ""
        }
    }

    /// The value on one line that is never empty, so that the parts of a line can be counted.
    fileprivate var line: String {
        cell.isEmpty ? "-" : cell.replacing("\n", with: "\\n")
    }
}

extension String {
    fileprivate var quotedForCSV: String {
        guard utf8.contains(where: { [0x0A, 0x0D, 0x22, 0x2C].contains($0) }) || hasPrefix(" ") || hasSuffix(" ") else {
            return self
        }
        return "\"" + replacing("\"", with: "\"\"") + "\""
    }
}
