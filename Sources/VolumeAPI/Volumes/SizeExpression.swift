public import VolumeDriver

/// A size as people write it.
///
/// A number without a unit is in GiB, and a unit of one letter is binary, as in other storage tools: `10`, `10G`,
/// `10Gi` and `10GiB` are equal; `10GB` is less. Upper and lower case are equivalent.
public enum SizeExpression: Sendable, Hashable, Codable {
    /// A fixed size: `10`, `1.5T`, `10GB`, `4096b`, or `8s` for sectors of 512 bytes.
    case exactly(ByteCount)
    /// The amount by which a volume grows: `+5G`.
    case growing(ByteCount)
    /// All free space of the pool: `max`.
    case allFree
    /// A percentage, from 1 to 100, of the pool's free space: `50%free`.
    case freePercent(Int)

    /// Parses one of the forms above. Refuses zero, fractions of a byte and sizes above 2^63 - 1 bytes.
    public init(parsing text: String) throws(SizeError) {
        do {
            self = try Self.parse(text)
        } catch {
            throw SizeError(text, error)
        }
    }
}

/// The reason why a text is not a valid size.
public struct SizeError: Error, Sendable, CustomStringConvertible {
    /// The text and what is wrong with it.
    package let problem: String
    /// One line: the text, what is wrong with it, and the forms that are accepted.
    public let description: String

    fileprivate init(_ text: String, _ problem: Problem) {
        let forms = "10, 10G, 1.5T, 512M, 10GB (decimal), 4096b, 8s, max or 50%free"
        self.problem = "\(text.quoted) \(problem.rawValue)"
        description = "\(self.problem): write \(forms)"
    }
}

private enum Problem: String, Error {
    case notASize = "is not a size"
    case zero = "is zero bytes"
    case notWholeBytes = "is not a whole number of bytes"
    case tooLarge = "is more than 2^63 - 1 bytes"
    case notAPercentage = "is not between 1%free and 100%free"
}

extension SizeExpression {
    private static func parse(_ text: String) throws(Problem) -> Self {
        // Other scripts have digits, too, and to Swift the Kelvin sign equals the letter K.
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { throw .notASize }
        let text = text.lowercased()
        if text == "max" { return .allFree }
        if text.hasSuffix("%free") { return .freePercent(try percentage(text.dropLast("%free".count))) }
        if text.hasPrefix("+") { return .growing(try amount(text.dropFirst())) }
        return .exactly(try amount(text[...]))
    }

    private static func percentage(_ digits: Substring) throws(Problem) -> Int {
        guard isNumber(digits) else { throw .notASize }
        guard let percentage = Int(digits), 1...100 ~= percentage else { throw .notAPercentage }
        return percentage
    }

    private static func amount(_ text: Substring) throws(Problem) -> ByteCount {
        let number = text.prefix { isDigit($0) || $0 == "." }
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy(isNumber), let unit = bytes(inUnit: text[number.endIndex...]) else {
            throw .notASize
        }
        guard let part = fraction(parts.dropFirst().first ?? "", of: unit) else { throw .notWholeBytes }
        guard let size = multiple(parts[0], of: unit)?.adding(part) else { throw .tooLarge }
        guard size > .zero else { throw .zero }
        return size
    }

    /// `digits` times the unit; `nil` above 2^63 - 1 bytes.
    private static func multiple(_ digits: Substring, of unit: Int64) -> ByteCount? {
        guard let count = Int64(digits) else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : ByteCount(bytes: bytes)
    }

    /// `0.digits` times the unit; `nil` unless that is whole bytes.
    ///
    /// Long multiplication from the last digit on: the carry past the decimal point is the result, and all digits after
    /// the point must be zeros. The carry stays below `unit`, which is at most 2^60, so every product is below 10 *
    /// 2^60 and fits, however many digits there are.
    private static func fraction(_ digits: Substring, of unit: Int64) -> ByteCount? {
        var carry: UInt64 = 0
        for digit in digits.utf8.reversed() {
            let product = UInt64(digit - UInt8(ascii: "0")) * UInt64(unit) + carry
            guard product.isMultiple(of: 10) else { return nil }
            carry = product / 10
        }
        return Int64(exactly: carry).flatMap(ByteCount.init(bytes:))
    }

    private static func bytes(inUnit unit: Substring) -> Int64? {
        switch unit {
        case "b": 1
        case "s": 512
        case "k", "ki", "kib": 1 << 10
        case "m", "mi", "mib": 1 << 20
        case "g", "gi", "gib", "": 1 << 30
        case "t", "ti", "tib": 1 << 40
        case "p", "pi", "pib": 1 << 50
        case "e", "ei", "eib": 1 << 60
        case "kb": 1_000
        case "mb": 1_000_000
        case "gb": 1_000_000_000
        case "tb": 1_000_000_000_000
        case "pb": 1_000_000_000_000_000
        case "eb": 1_000_000_000_000_000_000
        default: nil
        }
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy(isDigit)
    }

    private static func isDigit(_ character: Character) -> Bool {
        "0"..."9" ~= character
    }
}
