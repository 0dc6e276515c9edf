/// Reads the description of an interface.
struct InterfaceParser {
    private(set) var name = ""
    private(set) var types: [String: Interface.ValueType] = [:]
    private(set) var methods: [String: Interface.Method] = [:]
    private(set) var errors: [String: [Interface.Field]] = [:]

    private var scanner: InterfaceScanner
    /// The used names of types, with the lines.
    private var uses: [(name: String, line: Int)] = []

    /// Types may be nested so deep in one another.
    private static let depth = 32

    init(_ text: String) { scanner = InterfaceScanner(text) }

    mutating func parse() throws(VarlinkError) {
        guard scanner.token == "interface" else { throw wrong("it doesn't begin with 'interface'") }
        scanner.advanceToInterfaceName()
        name = scanner.token
        guard InterfaceScanner.isInterfaceName(name) else { throw wrong("'\(name)' is no name of an interface") }
        scanner.advance()
        while scanner.token != "" { try parseMember() }
        for use in uses where types[use.name] == nil {
            throw wrong("the type '\(use.name)' is not declared", line: use.line)
        }
    }

    private func wrong(_ what: String, line: Int? = nil) -> VarlinkError {
        let label = name.isEmpty ? "" : " '\(name)'"
        return VarlinkError(
            .invalidInterface,
            "the description of the interface\(label) is invalid: line \(line ?? scanner.line): \(what)"
        )
    }

    private mutating func expect(_ mark: String) throws(VarlinkError) {
        guard scanner.token == mark else { throw wrong("'\(mark)' is expected, not '\(scanner.token)'") }
        scanner.advance()
    }

    private mutating func take(_ mark: String) -> Bool {
        guard scanner.token == mark else { return false }
        scanner.advance()
        return true
    }

    private mutating func parseMember() throws(VarlinkError) {
        let keyword = scanner.token
        guard ["type", "method", "error"].contains(keyword) else {
            throw wrong("'type', 'method' or 'error' is expected, not '\(keyword)'")
        }
        scanner.advance()
        let member = scanner.token
        guard InterfaceScanner.isMemberName(member) else {
            throw wrong("'\(member)' is no name of a type, method or error: it begins with a capital letter")
        }
        guard types[member] == nil, methods[member] == nil, errors[member] == nil else {
            throw wrong("'\(member)' is declared twice")
        }
        scanner.advance()
        switch keyword {
        case "type": types[member] = try parseBraces(Self.depth)
        case "error": errors[member] = try parseStructure()
        default:
            let parameters = try parseStructure()
            try expect("->")
            methods[member] = Interface.Method(parameters: parameters, reply: try parseStructure())
        }
    }

    private mutating func parseStructure() throws(VarlinkError) -> [Interface.Field] {
        guard case .structure(let fields) = try parseBraces(Self.depth) else {
            throw wrong("fields with types are expected, not words")
        }
        return fields
    }

    /// Parses a structure or an enumeration.
    private mutating func parseBraces(_ depth: Int) throws(VarlinkError) -> Interface.ValueType {
        guard depth > 0 else { throw wrong("types are nested too deeply") }
        try expect("(")
        if take(")") { return .structure([]) }
        var names: Set<String> = []
        var words: [String] = []
        var fields: [Interface.Field] = []
        repeat {
            let name = scanner.token
            guard InterfaceScanner.isFieldName(name) else { throw wrong("'\(name)' is no name of a field") }
            guard names.insert(name).inserted else { throw wrong("'\(name)' occurs twice") }
            scanner.advance()
            if fields.isEmpty, scanner.token != ":" {
                words.append(name)
                continue
            }
            guard words.isEmpty else { throw wrong("fields and words are mixed") }
            try expect(":")
            fields.append(Interface.Field(name: name, type: try parseType(depth - 1)))
        } while take(",")
        try expect(")")
        return words.isEmpty ? .structure(fields) : .enumeration(words)
    }

    private mutating func parseType(_ depth: Int, mayBeOptional: Bool = true) throws(VarlinkError)
        -> Interface.ValueType
    {
        guard depth > 0 else { throw wrong("types are nested too deeply") }
        let word = scanner.token
        if word == "(" { return try parseBraces(depth) }
        let line = scanner.line
        if word != "?" || mayBeOptional { scanner.advance() }
        switch word {
        case "?" where mayBeOptional: return .optional(try parseType(depth - 1, mayBeOptional: false))
        case "[]": return .array(try parseType(depth - 1))
        case "[string]": return .map(try parseType(depth - 1))
        case "bool": return .bool
        case "int": return .int
        case "float": return .float
        case "string": return .string
        case "object": return .object
        case "any": return .any
        case let name where InterfaceScanner.isMemberName(name):
            uses.append((name, line))
            return .named(name)
        default: throw wrong("'\(word)' is no type", line: line)
        }
    }
}
