/// A set of characters, such as `[a-z_]`.
struct PatternSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isInverted = false

    func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0 ~= scalar.value } != isInverted }

    static let any = PatternSet(isInverted: true)

    /// The set that a letter stands for after a backslash.
    static func named(_ letter: Unicode.Scalar) -> PatternSet? {
        func set(_ texts: String...) -> PatternSet {
            let ends = texts.map { $0.unicodeScalars.map(\.value) }
            return PatternSet(ranges: ends.map { $0[0]...$0[$0.count - 1] })
        }
        var named: PatternSet
        switch letter {
        case "d", "D": named = set("09")
        case "w", "W": named = set("09", "AZ", "az", "_")
        case "s", "S": named = set(" ", "\t\r")
        default: return nil
        }
        named.isInverted = letter.value < 0x61
        return named
    }
}

/// A part of a parsed expression.
indirect enum PatternNode: Sendable {
    case set(PatternSet)
    case start, end
    case sequence([PatternNode])
    case choice(PatternNode, PatternNode)
    /// Without a `most`, any number of times.
    case repeated(PatternNode, least: Int, most: Int?)
}

/// Parses regular expressions.
struct PatternParser {
    private var rest: ArraySlice<Unicode.Scalar>
    private var depth = 0

    init(_ text: String) { rest = Array(text.unicodeScalars)[...] }

    /// Parses the whole text.
    mutating func expression() throws(Pattern.Problem) -> PatternNode {
        let node = try choice()
        guard rest.isEmpty else { throw Pattern.Problem(description: "a ')' has no '('") }
        return node
    }

    private mutating func choice() throws(Pattern.Problem) -> PatternNode {
        var node = try sequence()
        while take("|") { node = .choice(node, try sequence()) }
        return node
    }

    private mutating func sequence() throws(Pattern.Problem) -> PatternNode {
        var nodes: [PatternNode] = []
        while let next = rest.first, next != "|", next != ")" { nodes.append(try repetition()) }
        return .sequence(nodes)
    }

    private mutating func repetition() throws(Pattern.Problem) -> PatternNode {
        let node = try part()
        let (least, most): (Int, Int?)
        switch rest.first {
        case "*": (least, most) = (0, nil)
        case "+": (least, most) = (1, nil)
        case "?": (least, most) = (0, 1)
        case "{": (least, most) = try bounds()
        default: return node
        }
        rest.removeFirst()
        if let next = rest.first, ["*", "+", "?", "{"].contains(next) {
            throw Pattern.Problem(description: "'\(next)' follows another repetition")
        }
        return .repeated(node, least: least, most: most)
    }

    /// Parses `{2}`, `{2,}` or `{2,5}` up to the closing brace.
    private mutating func bounds() throws(Pattern.Problem) -> (Int, Int?) {
        rest.removeFirst()
        let least = number()
        var most = least
        if take(",") { most = number() }
        guard let least, rest.first == "}", most ?? least >= least else {
            throw Pattern.Problem(description: "a repetition is {2}, {2,} or {2,5}, of at most 100 times")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        guard let number = Int(String(String.UnicodeScalarView(digits))), number <= 100 else { return nil }
        rest = rest.dropFirst(digits.count)
        return number
    }

    private mutating func part() throws(Pattern.Problem) -> PatternNode {
        switch rest.removeFirst() {
        case ".": return .set(.any)
        case "^": return .start
        case "$": return .end
        case "[": return .set(try set())
        case "\\": return .set(try escaped())
        case "(":
            depth += 1
            defer { depth -= 1 }
            guard depth <= 20 else { throw Pattern.Problem(description: "its parentheses are nested too deeply") }
            let node = try choice()
            guard take(")") else { throw Pattern.Problem(description: "a '(' has no ')'") }
            return node
        case let scalar where ["*", "+", "?", "{"].contains(scalar):
            throw Pattern.Problem(description: "'\(scalar)' repeats nothing")
        case let scalar: return .set(PatternSet(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func escaped() throws(Pattern.Problem) -> PatternSet {
        guard let scalar = rest.popFirst() else { throw Pattern.Problem(description: "it ends with a backslash") }
        if let named = PatternSet.named(scalar) { return named }
        guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
            throw Pattern.Problem(description: "'\\\(scalar)' is not known")
        }
        return PatternSet(ranges: [scalar.value...scalar.value])
    }

    /// Parses what is between brackets.
    private mutating func set() throws(Pattern.Problem) -> PatternSet {
        var set = PatternSet(isInverted: take("^"))
        var isFirst = true
        while let scalar = rest.popFirst() {
            if scalar == "]", !isFirst { return set }
            isFirst = false
            var first = scalar
            if scalar == "\\" {
                let escaped = try escaped()
                guard let range = escaped.ranges.first, range.count == 1, !escaped.isInverted else {
                    guard !escaped.isInverted else {
                        throw Pattern.Problem(description: "brackets can't contain what a capital letter excludes")
                    }
                    set.ranges += escaped.ranges
                    continue
                }
                first = Unicode.Scalar(range.lowerBound) ?? scalar
            }
            guard rest.first == "-", let last = rest.dropFirst().first, last != "]" else {
                set.ranges.append(first.value...first.value)
                continue
            }
            rest = rest.dropFirst(2)
            guard last != "\\", first.value <= last.value else {
                throw Pattern.Problem(description: "'\(first)-\(last)' is no range")
            }
            set.ranges.append(first.value...last.value)
        }
        throw Pattern.Problem(description: "a '[' has no ']'")
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }
}
