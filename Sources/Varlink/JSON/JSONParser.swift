extension JSON {
    /// Parses a text, more strictly than RFC 8259 demands: a member's name occurs once in an object, a string is valid
    /// Unicode without lone surrogates, a number is finite. No two parsers read such a text differently.
    ///
    /// - Parameters:
    ///   - text: the text in UTF-8.
    ///   - depth: the number of arrays and objects within one another, at most.
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/malformed``.
    init(text: [UInt8], depth: Int) throws(VarlinkError) {
        var parser = JSONParser(text)
        self = try parser.parse(depth: depth)
    }
}

/// The limits of what is read.
enum JSONLimits {
    /// Deeper than any message of an interface, and shallow enough for the stack of every thread.
    static let depth = 64
}

/// Reads one JSON value from a text.
private struct JSONParser {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func parse(depth: Int) throws(VarlinkError) -> JSON {
        let value = try value(depth)
        skipSpace()
        guard position == text.count else { throw wrong("a second value") }
        return value
    }

    private func wrong(_ what: String) -> VarlinkError {
        VarlinkError(.malformed, "the message is not JSON: \(what) at byte \(position)")
    }

    private var next: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(_ depth: Int) throws(VarlinkError) -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try object(depth))
        case UInt8(ascii: "["): return .array(try array(depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw wrong("its end")
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(VarlinkError) -> JSON {
        let end = position + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { end <= text.count && text[position..<end].elementsEqual($0) }
        guard matches else { throw wrong("an unknown word") }
        position = end
        return value
    }

    private mutating func object(_ depth: Int) throws(VarlinkError) -> [String: JSON] {
        guard depth > 0 else { throw wrong("a value that is nested too deeply") }
        position += 1
        skipSpace()
        var members: [String: JSON] = [:]
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw wrong("no name of a member") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw wrong("no colon") }
            guard members.updateValue(try value(depth - 1), forKey: name) == nil else {
                throw wrong("the second member '\(name)' of an object")
            }
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw wrong("no comma") }
        }
    }

    private mutating func array(_ depth: Int) throws(VarlinkError) -> [JSON] {
        guard depth > 0 else { throw wrong("a value that is nested too deeply") }
        position += 1
        skipSpace()
        var elements: [JSON] = []
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try value(depth - 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw wrong("no comma") }
        }
    }

    private mutating func number() throws(VarlinkError) -> JSON {
        let start = position
        var isInteger = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            try digits()
        }
        let literal = String(decoding: text[start..<position], as: UTF8.self)
        if isInteger, let value = Int64(literal) { return .int(value) }
        guard let value = Double(literal), value.isFinite else { throw wrong("a number that is too large, ending") }
        return .double(value)
    }

    private mutating func digits() throws(VarlinkError) {
        let start = position
        while let byte = next, byte >= 0x30, byte <= 0x39 { position += 1 }
        guard position > start else { throw wrong("neither a value nor a digit") }
    }

    /// Reads a string, whose first quotation mark is next.
    private mutating func string() throws(VarlinkError) -> String {
        position += 1
        var bytes: [UInt8] = []
        var start = position
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw wrong("a control character in a string") }
            position += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            bytes += text[start..<position - 1]
            try escape(&bytes)
            start = position
        }
        bytes += text[start..<position]
        guard take(UInt8(ascii: "\"")) else { throw wrong("no end of a string") }
        guard let string = String(validating: bytes, as: UTF8.self) else { throw wrong("invalid UTF-8 before the end") }
        return string
    }

    /// Reads what follows a backslash.
    private mutating func escape(_ bytes: inout [UInt8]) throws(VarlinkError) {
        guard let byte = next else { throw wrong("no end of a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes += String(Character(try scalar())).utf8
        default: throw wrong("an unknown escape")
        }
    }

    private mutating func scalar() throws(VarlinkError) -> Unicode.Scalar {
        var code = try unit()
        if code & 0xFC00 == 0xD800, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = try unit()
            guard low & 0xFC00 == 0xDC00 else { throw wrong("half a surrogate pair") }
            code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
        }
        guard let scalar = Unicode.Scalar(code) else { throw wrong("half a surrogate pair") }
        return scalar
    }

    /// Reads four hexadecimal digits.
    private mutating func unit() throws(VarlinkError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw wrong("no four hexadecimal digits")
            }
            position += 1
            code = code << 4 | UInt32(digit)
        }
        return code
    }
}
