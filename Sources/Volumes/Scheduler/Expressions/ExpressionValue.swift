/// A value in an expression.
enum ExpressionValue: Sendable, Hashable, CustomStringConvertible {
    case number(Double)
    case text(String)
    case truth(Bool)

    /// A text that is a finite number, `true` or `false` is that value.
    init(reading text: String) {
        if let truth = Bool(text.lowercased()) {
            self = .truth(truth)
            return
        }
        let number = text.utf8.allSatisfy(Self.isOfNumber) ? Double(text) : nil
        self = number.flatMap { $0.isFinite ? .number($0) : nil } ?? .text(text)
    }

    /// Not the letters of "nan", "inf" and hexadecimal numbers, which are text.
    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// Whether it counts as true: neither 0 nor an empty text.
    var isTrue: Bool {
        switch self {
        case .number(let number): number != 0
        case .text(let text): !text.isEmpty
        case .truth(let truth): truth
        }
    }

    /// A truth counts as 1 or 0; `nil` for a text.
    var number: Double? {
        switch self {
        case .number(let number): number
        case .truth(let truth): truth ? 1 : 0
        case .text: nil
        }
    }

    var description: String {
        switch self {
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
        case .text(let text): "'\(text)'"
        case .truth(let truth): truth ? "true" : "false"
        }
    }

    /// Whether both are the same number or the same text.
    func equals(_ other: ExpressionValue) -> Bool {
        if let number, let other = other.number { return number == other }
        guard case .text(let text) = self, case .text(let other) = other else { return false }
        return text == other
    }

    /// Whether it is less than another number or another text; `nil` for a number and a text.
    func isLess(than other: ExpressionValue) -> Bool? {
        if let number, let other = other.number { return number < other }
        guard case .text(let text) = self, case .text(let other) = other else { return nil }
        return text.unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars)
    }
}
