import Foundation
import Testing

@testable import TaskFlow

/// What is stored of values is the text that Foundation's encoder writes, which older programs have stored.
struct ValueEncoderTests {
    struct Mixed: Codable {
        var B = 1
        var b = 2
        var a10 = 3
        var a9 = 4
        var ä = 6
        var _x = 7
        var aB = 8
        var ab: Int? = 9
        var none: Int?
    }

    struct Rich: Codable {
        var numbers = ["a": 1, "b": 1.5, "c": 1e20, "d": 1e-7, "e": -0.0, "f": 123_456_789_012_345_680]
        var dates = [Date(timeIntervalSince1970: 12.5), nil]
        var data = Data([0, 1, 63, 255, 255])
        var address = URL(string: "http://a/b?c=d")
        var amount = Decimal(string: "1.25")
        var nested = [[Mixed()], []]
    }

    enum Choice: Codable, Hashable {
        case plain
        case labelled(Int, name: String)
    }

    struct Empty: Codable {}

    class Base: Codable {
        var base = 1
        init() {}
    }

    final class Derived: Base {
        private enum CodingKeys: CodingKey { case own }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("s", forKey: .own)
            try super.encode(to: container.superEncoder())
        }
    }

    /// Writes one key twice, and containers in a container.
    struct Odd: Encodable {
        private enum Keys: CodingKey { case twice, object, array }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(1, forKey: .twice)
            try container.encode("second", forKey: .twice)
            var object = container.nestedContainer(keyedBy: Keys.self, forKey: .object)
            try object.encodeNil(forKey: .twice)
            var array = container.nestedUnkeyedContainer(forKey: .array)
            try array.encode(contentsOf: [1, 2])
            try array.encodeNil()
            #expect(array.count == 3)
        }
    }

    /// Goes on where a member can't be encoded.
    struct Wavering: Encodable {
        private enum Keys: CodingKey { case broken, whole }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try? container.encode(["a": [1], "b": [Double.nan]], forKey: .broken)
            try container.encode([2], forKey: .whole)
        }
    }

    private func expectSame(_ value: some Encodable, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        #expect(try ValueEncoder.text(of: value) == text, sourceLocation: sourceLocation)
    }

    @Test func `the text is the same as Foundation's`() throws {
        try expectSame(Mixed())
        try expectSame(Rich())
        try expectSame([Choice.plain, .labelled(1, name: "q")])
        try expectSame(["k": Empty()])
        try expectSame(Derived())
        try expectSame(Odd())
        try expectSame((0..<0x300).map { String(Unicode.Scalar(UInt16($0)) ?? " ") })
        try expectSame(["é/\\\"\u{2028}😀\u{7F}"])
        try expectSame([1.0, 0.1, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e16, 1e15])
        try expectSame([Float(0.1), 3, 1e10])
        try expectSame([1: "a", 2: "b", 10: "c"])
        try expectSame([Choice.plain: 1])
        try expectSame([UInt64.max, 0])
        try expectSame([Int64.min, 0])
        try expectSame([Int8.min, 0])
        try expectSame([true, false])
        try expectSame([nil, 1] as [Int?])
        try expectSame(["a": Int?.none])
        try expectSame("x")
    }

    @Test func `a member that can't be encoded leaves nothing in the next`() throws {
        #expect(try ValueEncoder.text(of: Wavering()) == #"{"whole":[2]}"#)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `what JSON has no number for is refused`(number: Double) {
        #expect(throws: EncodingError.self) { try ValueEncoder.text(of: [number]) }
    }
}
