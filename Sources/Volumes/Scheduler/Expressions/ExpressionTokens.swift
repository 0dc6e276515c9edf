/// The tokens of an expression.
enum ExpressionToken: Sendable, Hashable {
    case number(Double)
    case text(String)
    /// A variable, a function, or an operator in letters.
    case word(String)
    case symbol(String)

    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): "'\(text)'"
        case .word(let text), .symbol(let text): "'\(text)'"
        }
    }

    /// Reads all tokens of a text, each with the position of its first byte, which counts from 1.
    static func read(_ text: String) throws(ExpressionError) -> [(token: Self, position: Int)] {
        let bytes = Array(text.utf8)
        guard bytes.count <= PlacementExpression.mostBytes else {
            throw ExpressionError("it is longer than \(PlacementExpression.mostBytes) bytes")
        }
        var tokens: [(token: Self, position: Int)] = []
        var index = 0
        while index < bytes.count {
            if [UInt8(ascii: " "), 9, 10, 13].contains(bytes[index]) {
                index += 1
                continue
            }
            let start = index
            tokens.append((try next(bytes, &index), start + 1))
        }
        return tokens
    }

    private static func next(_ bytes: [UInt8], _ index: inout Int) throws(ExpressionError) -> Self {
        let start = index
        /// The end of the bytes from `first` that are all accepted.
        func end(from first: Int, _ accepts: (UInt8) -> Bool) -> Int {
            bytes[first...].firstIndex { !accepts($0) } ?? bytes.count
        }
        let byte = bytes[start]
        if byte.isDigit {
            index = end(from: start, \.isDigit)
            if index + 1 < bytes.count, bytes[index] == UInt8(ascii: "."), bytes[index + 1].isDigit {
                index = end(from: index + 1, \.isDigit)
            }
            guard let number = Double(String(decoding: bytes[start..<index], as: UTF8.self)), number.isFinite else {
                throw ExpressionError("the number at character \(start + 1) is too large")
            }
            return .number(number)
        }
        if byte.isOfWord {
            index = end(from: start) { $0.isOfWord || $0.isDigit || $0 == UInt8(ascii: ".") }
            return .word(String(decoding: bytes[start..<index], as: UTF8.self))
        }
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
            guard let close = bytes[(start + 1)...].firstIndex(of: byte) else {
                throw ExpressionError("the text at character \(start + 1) has no end")
            }
            index = close + 1
            return .text(String(decoding: bytes[(start + 1)..<close], as: UTF8.self))
        }
        for symbol in symbols where bytes[start...].starts(with: symbol.utf8) {
            index = start + symbol.utf8.count
            return .symbol(symbol)
        }
        throw ExpressionError("character \(start + 1) is neither a value nor an operator")
    }

    /// The longer ones first.
    private static let symbols = [
        "<=", ">=", "==", "!=", "<>", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "^", "?", ":", "(", ")", ",",
    ]
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isOfWord: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
