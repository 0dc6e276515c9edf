/// Divides the description of an interface into words and marks.
struct InterfaceScanner {
    private let text: [UInt8]
    private var position = 0
    /// The line of the next token, from 1.
    private(set) var line = 1
    /// The next word or mark; empty at the end.
    private(set) var token = ""

    /// Marks of more than one character; all others are of one.
    private static let longMarks = ["->", "[string]", "[]"]

    init(_ text: String) {
        self.text = Array(text.utf8)
        advance()
    }

    /// Goes on to the next token.
    mutating func advance() {
        skipSpace()
        let rest = text[position...]
        var length = rest.prefix(while: Self.isPartOfWord).count
        if length == 0 {
            length = Self.longMarks.first { rest.starts(with: $0.utf8) }?.utf8.count ?? min(1, rest.count)
        }
        token = String(decoding: rest.prefix(length), as: UTF8.self)
        position += length
    }

    private mutating func skipSpace() {
        var isComment = false
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\n"):
                isComment = false
                line += 1
            case UInt8(ascii: "#"): isComment = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: guard isComment else { return }
            }
            position += 1
        }
    }

    /// Whether the byte may occur in a name, be it one of an interface.
    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || (0x30...0x39).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

    /// Goes on to the name of an interface, which may have hyphens, behind the word `interface`.
    mutating func advanceToInterfaceName() {
        skipSpace()
        let name = text[position...].prefix { Self.isPartOfWord($0) || $0 == UInt8(ascii: "-") }
        token = String(decoding: name, as: UTF8.self)
        position = name.endIndex
    }

    /// Whether `word` is the name of a type, a method or an error.
    static func isMemberName(_ word: String) -> Bool {
        guard let first = word.utf8.first, isLetter(first), first & 0x20 == 0 else { return false }
        return word.utf8.allSatisfy(isLetterOrDigit)
    }

    /// Whether `word` is the name of a field or of an enumeration's value.
    static func isFieldName(_ word: String) -> Bool {
        guard let first = word.utf8.first, isLetter(first) else { return false }
        return word.split(separator: "_", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isLetterOrDigit) }
    }

    /// Whether `word` is the name of an interface: at least two parts, of which only the later ones begin with digits.
    static func isInterfaceName(_ word: String) -> Bool {
        guard let first = word.utf8.first, isLetter(first) else { return false }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 2
            && parts.allSatisfy { part in
                guard let first = part.utf8.first, let last = part.utf8.last else { return false }
                return isLetterOrDigit(first) && isLetterOrDigit(last)
                    && part.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }
}
