import DriverKit
import Testing
import VolumeAPI
import VolumeDriver

@Suite struct SizeExpressionTests {
    private static let gibibyte: Int64 = 1 << 30

    @Test(arguments: [
        ("10", 10 * gibibyte), ("10G", 10 * gibibyte), ("10g", 10 * gibibyte), ("10Gi", 10 * gibibyte),
        ("10GiB", 10 * gibibyte), ("10GB", 10_000_000_000),
        ("512M", 512 << 20), ("1.5T", 3 << 39), ("4096b", 4096), ("8s", 4096),
    ])
    func `the documented forms mean what the table says`(text: String, bytes: Int64) throws {
        #expect(try SizeExpression(parsing: text) == exactly(bytes))
    }

    @Test(arguments: [("K", 10), ("M", 20), ("G", 30), ("T", 40), ("P", 50), ("E", 60)])
    func `a binary unit may be written short, long, large or small`(letter: String, shift: Int64) throws {
        for unit in [letter, letter + "i", letter + "iB"] {
            #expect(try SizeExpression(parsing: "3" + unit) == exactly(3 << shift))
            #expect(try SizeExpression(parsing: "3" + unit.lowercased()) == exactly(3 << shift))
        }
    }

    @Test(arguments: zip(["KB", "MB", "GB", "TB", "PB", "EB"], 1...6))
    func `a decimal unit is a power of 1000`(unit: String, power: Int) throws {
        let bytes = (0..<power).reduce(into: Int64(7)) { bytes, _ in bytes *= 1000 }
        #expect(try SizeExpression(parsing: "7" + unit) == exactly(bytes))
        #expect(try SizeExpression(parsing: "7" + unit.lowercased()) == exactly(bytes))
    }

    @Test(arguments: [
        ("4096B", 4096), ("8S", 4096), ("0.5s", 256), ("1.0b", 1), ("007b", 7),
        ("0.5G", 1 << 29), ("1.5", 3 << 29), ("1.50000M", 3 << 19), ("0.001KB", 1), ("2.000000001GB", 2_000_000_001),
        ("0.0009765625K", 1), ("0.000000000000000001EB", 1),
        ("0.000000000000000000867361737988403547205962240695953369140625E", 1),
        ("9223372036854775807b", .max), ("7.5E", 15 << 59), ("9.223372036854775807EB", .max),
    ])
    func `decimals are exact, however many there are`(text: String, bytes: Int64) throws {
        #expect(try SizeExpression(parsing: text) == exactly(bytes))
    }

    @Test func `a size may be relative to the volume or to the pool`() throws {
        #expect(try SizeExpression(parsing: "+5G") == ByteCount(gibibytes: 5).map(SizeExpression.growing))
        #expect(try SizeExpression(parsing: "+0.5") == ByteCount(bytes: 1 << 29).map(SizeExpression.growing))
        #expect(try SizeExpression(parsing: "max") == .allFree)
        #expect(try SizeExpression(parsing: "MAX") == .allFree)
    }

    @Test(arguments: [1, 50, 99, 100])
    func `from 1 to 100 percent of what is free may be asked for`(percent: Int) throws {
        #expect(try SizeExpression(parsing: "\(percent)%free") == .freePercent(percent))
        #expect(try SizeExpression(parsing: "\(percent)%FREE") == .freePercent(percent))
    }

    @Test(arguments: [
        "", " ", "-1", "+", "-", ".", "10X", "10GiBs", "10Gs", "10bb", "10iB", "1e3", "1E3", "0x10", "#10", "NaN",
        "inf", "10 G", " 10G", "10G ", "10G\n", "10\r\nG", "10\0", "\u{0}10", "10G\0", "1_000", "1,000", "1'000", "G",
        "GiB", "b", ".5", "5.", "5.G", ".G", "1.2.3", "1..2", "1.+5G", "1.-5", "+ 5G", "++5G", "+-5G", "-+5G", "5+",
        "+G", "+.5G", "+max", "max+", "maxx", "ma", "10max", "%free", "free", "50%", "50% free", "+50%free",
        "-50%free", "5.5%free", "50G%free", "50%%free", "50%freee", "$(id)", "../10", "--help", "١", "٣G", "１０", "²",
        "Ⅹ", "½G", "ｍax", "10\u{212A}", "10\u{212A}iB", "10G\u{301}", "1\u{301}0", "10\u{202E}G", "10\u{200B}",
        "\u{FEFF}10",
    ])
    func `what is not one of the forms is refused`(text: String) {
        #expect(throws: SizeError.self) { try SizeExpression(parsing: text) }
    }

    @Test(arguments: ["0", "0G", "0.000", "00000b", "+0"])
    func `zero bytes are refused`(text: String) {
        expectRefusal(of: text, because: "is zero bytes")
    }

    @Test(arguments: ["0.1G", "0.5b", "0.001s", "+1.1K", "0.0001KB", "1.23456789MB", "0.00000000000000000000001E"])
    func `parts of a byte are refused`(text: String) {
        expectRefusal(of: text, because: "is not a whole number of bytes")
    }

    @Test(arguments: [
        "9223372036854775808b", "9223372036854775807s", "18446744073709551616", "17179869184G", "8E", "+8E", "10EB",
        "9.223372036854775808EB",
    ])
    func `more bytes than fit are refused`(text: String) {
        expectRefusal(of: text, because: "is more than 2^63 - 1 bytes")
    }

    @Test(arguments: ["0%free", "101%free", "1000%free", "99999999999999999999%free"])
    func `other percentages are refused`(text: String) {
        expectRefusal(of: text, because: "is not between 1%free and 100%free")
    }

    @Test func `a refusal shows the text and the forms in one line`() {
        let error = #expect(throws: SizeError.self) { try SizeExpression(parsing: "10X") }
        let forms = "10, 10G, 1.5T, 512M, 10GB (decimal), 4096b, 8s, max or 50%free"
        #expect(error?.description == "'10X' is not a size: write \(forms)")
    }

    @Test(arguments: [
        ("", "''"), ("'", #"'\''"#), (#"\"#, #"'\\'"#), ("a\n\tb", #"'a\u{A}\u{9}b'"#),
        ("\u{1B}[31m", #"'\u{1B}[31m'"#), ("1\0", #"'1\u{0}'"#), ("\u{202E}G01", #"'\u{202E}G01'"#),
        ("٣", #"'\u{663}'"#), ("\u{7F}", #"'\u{7F}'"#), ("1😀", #"'1\u{1F600}'"#),
        ("1" + String(repeating: "x", count: 64), "'1" + String(repeating: "x", count: 63) + "'..."),
    ])
    func `a refusal escapes what a terminal would act on, and cuts what is long`(text: String, quoted: String) {
        let error = #expect(throws: SizeError.self) { try SizeExpression(parsing: text) }
        #expect(error?.description.hasPrefix("\(quoted) is not a size: ") == true)
    }

    @Test
    func `ten thousand digits are read or refused at once`() throws {
        let zeros = String(repeating: "0", count: 10_000)
        let nines = String(repeating: "9", count: 10_000)
        #expect(try SizeExpression(parsing: zeros + "10b") == exactly(10))
        #expect(try SizeExpression(parsing: "1." + zeros + "K") == exactly(1024))
        for text in [
            nines, "1." + nines, nines + "." + nines + "EB", "0." + zeros + "1E", nines + "%free", "+" + nines, zeros,
        ] {
            let error = #expect(throws: SizeError.self) { try SizeExpression(parsing: text) }
            #expect((error?.description.utf8.count ?? 0) < 250)
        }
    }

    @Test func `no text traps, and what is accepted is a size that its bytes give again`() {
        var generator = SplitMix64(seed: 1)
        let digits = ["0", "1", "5", "25", "1024", "9223372036854775807", "."]
        let others = ["+", "-", "%free", "max", " ", "\0", "٣", "e", ""]
        let units = ["", "b", "s", "K", "Mi", "GiB", "t", "p", "E", "KB", "MB", "gb", "TB", "EB", "\u{212A}", "X"]
        var accepted = 0
        var broken: [String] = []
        for _ in 0..<100_000 {
            let count = Int.random(in: 0...3, using: &generator)
            let pieces = [digits, digits, digits, others].shuffled(using: &generator).prefix(count) + [units]
            let text = pieces.compactMap { $0.randomElement(using: &generator) }.joined()
            guard let size = try? SizeExpression(parsing: text) else { continue }
            accepted += 1
            if !isSound(size) { broken.append(text) }
        }
        #expect(broken.isEmpty)
        #expect(accepted > 10_000)
    }

    @Test func `an exact description of a size reads back as that size`() throws {
        for bytes in [1, 512, 1 << 10, 3 << 9, 9 << 27, 10 << 30, 3 << 39, 63 << 57] as [Int64] {
            let description = try #require(ByteCount(bytes: bytes)).description
            #expect(try SizeExpression(parsing: description.filter { $0 != " " }) == exactly(bytes))
        }
    }

    @Test func `random amounts come out as 128-bit arithmetic has them`() {
        var generator = SplitMix64(seed: 2)
        let units: [(String, UInt128)] = [
            ("b", 1), ("s", 512), ("K", 1 << 10), ("G", 1 << 30), ("E", 1 << 60), ("MB", 1_000_000),
            ("EB", 1_000_000_000_000_000_000),
        ]
        var accepted = 0
        var broken: [String] = []
        for _ in 0..<20_000 {
            let number = generator.next() >> UInt64.random(in: 10...63, using: &generator)
            let decimals = Int.random(in: 0...8, using: &generator)
            let (unit, bytes) = units.randomElement(using: &generator) ?? ("b", 1)
            let digits = String(repeating: "0", count: max(0, decimals + 1 - "\(number)".count)) + "\(number)"
            let text = digits.dropLast(decimals) + (decimals > 0 ? "." : "") + digits.suffix(decimals) + unit

            let divisor = (0..<decimals).reduce(into: UInt128(1)) { divisor, _ in divisor *= 10 }
            let (quotient, rest) = (UInt128(number) * bytes).quotientAndRemainder(dividingBy: divisor)
            let expected = rest == 0 && quotient > 0 ? Int64(exactly: quotient).flatMap(exactly) : nil

            if expected != nil { accepted += 1 }
            if (try? SizeExpression(parsing: String(text))) != expected { broken.append(String(text)) }
        }
        #expect(broken.isEmpty)
        #expect(2000...18_000 ~= accepted)
    }

    private func expectRefusal(
        of text: String,
        because reason: String,
        at location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: SizeError.self, sourceLocation: location) { try SizeExpression(parsing: text) }
        #expect(error?.description.hasPrefix("'\(text)' \(reason): write 10, ") == true, sourceLocation: location)
    }

    private func exactly(_ bytes: Int64) -> SizeExpression? {
        ByteCount(bytes: bytes).map(SizeExpression.exactly)
    }

    private func isSound(_ size: SizeExpression) -> Bool {
        switch size {
        case .exactly(let count), .growing(let count):
            count > .zero && (try? SizeExpression(parsing: "\(count.bytes)b")) == .exactly(count)
        case .allFree: true
        case .freePercent(let percent): 1...100 ~= percent
        }
    }
}
