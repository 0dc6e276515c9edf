import Foundation
import Testing
import VolumeDriver

@Suite struct ByteCountTests {
    private static let descriptions: [(Int64, String)] = [
        (0, "0 B"), (1, "1 B"), (512, "512 B"), (1023, "1023 B"),
        (1024, "1 KiB"), (1025, "~1 KiB"), (1035, "~1.01 KiB"), (1152, "1.125 KiB"), (1536, "1.5 KiB"),
        (2047, "~1.99 KiB"), (1 << 20 - 1, "~1023.99 KiB"), (1 << 20, "1 MiB"), (1 << 20 + 1, "~1 MiB"),
        (10 << 30, "10 GiB"), (10_000_000_000, "~9.31 GiB"), (1 << 40 - 1, "~1023.99 GiB"), (3 << 39, "1.5 TiB"),
        (1 << 50, "1 PiB"), (1 << 60, "1 EiB"), (63 << 57, "7.875 EiB"), (1 << 62 + 1, "~4 EiB"), (.max, "~7.99 EiB"),
    ]

    @Test(arguments: descriptions)
    func `a size reads in its largest unit`(bytes: Int64, description: String) throws {
        #expect(try #require(ByteCount(bytes: bytes)).description == description)
    }

    @Test func `around every power of two the description agrees with floating point`() throws {
        for shift in 10..<63 {
            let power: Int64 = 1 << shift
            for bytes in [power - 1, power, power + 1, power + power / 8] {
                let words = try #require(ByteCount(bytes: bytes)).description.split(separator: " ")
                let number = try #require(Double(words[0].drop { $0 == "~" }))
                let thousands = try #require(
                    ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].firstIndex { $0 == words[1] }
                )
                let difference = Double(bytes) / pow(1024, Double(thousands)) - number
                #expect(words[0].hasPrefix("~") ? 0...0.0101 ~= difference : difference == 0, "\(bytes): \(words)")
            }
        }
    }

    @Test func `a negative or too large number is not a size`() {
        #expect(ByteCount(bytes: -1) == nil)
        #expect(ByteCount(bytes: .min) == nil)
        #expect(ByteCount(gibibytes: -1) == nil)
        #expect(ByteCount(gibibytes: .min) == nil)
        #expect(ByteCount(gibibytes: .max) == nil)
        #expect(ByteCount(gibibytes: 1 << 33) == nil)
        #expect(ByteCount(gibibytes: 1 << 33 - 1)?.bytes == 9_223_372_035_781_033_984)
        #expect(ByteCount(gibibytes: 0) == .zero)
    }

    @Test func `arithmetic stays within the sizes there are`() throws {
        let one = try #require(ByteCount(bytes: 1))
        let ten = try #require(ByteCount(bytes: 10))
        let most = try #require(ByteCount(bytes: .max))
        #expect(ten.adding(one)?.bytes == 11)
        #expect(most.adding(.zero) == most)
        #expect(most.adding(one) == nil)
        #expect(ten.subtracting(one).bytes == 9)
        #expect(one.subtracting(ten) == .zero)
        #expect(ByteCount.zero.subtracting(most) == .zero)
        #expect(one < ten && ten < most)
    }

    private static let roundings: [(Int64, Int64, Int64?)] = [
        (0, 4, 0), (1, 4, 4), (4, 4, 4), (5, 4, 8), (5, 0, 5), (5, 1, 5), (1, .max, .max), (.max, 2, nil),
    ]

    @Test(arguments: roundings)
    func `a size is rounded up to whole allocation units`(bytes: Int64, granule: Int64, rounded: Int64?) throws {
        let size = try #require(ByteCount(bytes: bytes))
        #expect(try size.roundedUp(to: #require(ByteCount(bytes: granule)))?.bytes == rounded)
    }

    @Test func `in JSON a size is a number of bytes, and a negative one is refused`() throws {
        let most = try #require(ByteCount(bytes: .max))
        let json = try JSONEncoder().encode([most])
        #expect(String(decoding: json, as: UTF8.self) == "[9223372036854775807]")
        #expect(try JSONDecoder().decode([ByteCount].self, from: json) == [most])
        for bad in ["[-1]", "[1.5]", "[9223372036854775808]", #"["1"]"#, "[null]"] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode([ByteCount].self, from: Data(bad.utf8)) }
        }
    }
}
