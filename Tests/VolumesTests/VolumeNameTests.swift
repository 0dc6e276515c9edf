import DriverKit
import Foundation
import Testing
import VolumeAPI

@Suite struct VolumeNameTests {
    private static let uuid = "6f1b4c9e-0d2a-4b57-9c3e-8a7f5d21e0b4"

    @Test(arguments: [
        "a", "Z", "0", "data", "pg-data_01.old", "a-", "a.", "a..b", "1.2.3", "max", "CON",
        String(repeating: "a", count: 63), uuid + "0", String(uuid.dropLast()), uuid.filter { $0 != "-" },
        "6f1b4c9e-0d2a-4b57-9c3e-8a7f5d21e0bg",
    ])
    func `a good name is kept as it is`(text: String) throws {
        #expect(try VolumeName(validating: text).description == text)
    }

    @Test(arguments: [
        "", " ", ".", "..", "../x", "/", "a/b", "/etc/shadow", ".hidden", "_a", "-", "-f", "--", "--help", "$(id)",
        "`id`", ";", "a;b", "a b", " a", "a ", "a\n", "\n", "a\r\n", "a\tb", "\0", "a\0", "a\0b", "a\u{1B}[2J",
        "a\u{7F}", "a\u{85}", "\u{202E}a", "a\u{202E}b", "a\u{200B}", "a\u{2028}", "\u{FEFF}a", "é", "e\u{301}",
        "a\u{301}", "\u{212A}", "а", "ａ", "a１", "٣", "a😀", "a*", "a?", "a%20b", "a\\b", "a:b", "a@b", "a=b", "a,b",
        "'a'", "\"a\"", "a|b", "a&b", "a>b", "~", "~root", "a+b", "a#b", String(repeating: "a", count: 64),
        String(repeating: "a", count: 300), String(repeating: "é", count: 150),
    ])
    func `a name that could be mistaken for something else is refused by the rule`(text: String) {
        let error = #expect(throws: VolumeNameError.self) { try VolumeName(validating: text) }
        let rule = "1 to 63 letters, digits, '.', '_' or '-' of ASCII, of which the first is a letter or a digit"
        #expect(error?.description.hasSuffix(" is not a volume name: write \(rule)") == true)
    }

    @Test(arguments: [
        uuid, uuid.uppercased(), "00000000-0000-0000-0000-000000000000", "ffffffff-FFFF-ffff-FFFF-ffffffffffff",
    ])
    func `a UUID is refused as a name`(text: String) {
        let error = #expect(throws: VolumeNameError.self) { try VolumeName(validating: text) }
        #expect(error?.description == "'\(text)' is not a volume name: it would be taken for a volume's id")
    }

    @Test(arguments: [
        ("a\u{202E}b", #"'a\u{202E}b'"#), ("a\n", #"'a\u{A}'"#), ("a\0", #"'a\u{0}'"#), ("\u{212A}", #"'\u{212A}'"#),
        ("it's", #"'it\'s'"#), (String(repeating: "a", count: 300), "'" + String(repeating: "a", count: 64) + "'..."),
    ])
    func `a refusal shows the name escaped and cut`(text: String, quoted: String) {
        let error = #expect(throws: VolumeNameError.self) { try VolumeName(validating: text) }
        #expect(error?.description.hasPrefix("\(quoted) is not a volume name: ") == true)
    }

    @Test func `ten thousand nasty names are judged as by the pattern`() {
        var generator = SplitMix64(seed: 3)
        var outcomes: [Bool: Int] = [:]
        var broken: [String] = []
        for _ in 0..<10_000 {
            let name = nastyName(using: &generator)
            let isGood = (try? VolumeName(validating: name)) != nil
            outcomes[isGood, default: 0] += 1
            if isGood != matchesPattern(name) { broken.append(name) }
        }
        #expect(broken.isEmpty)
        #expect(outcomes.values.allSatisfy { $0 > 2000 } && outcomes.count == 2)
    }

    @Test func `a refusal of a nasty name is one short line of printable ASCII`() {
        var generator = SplitMix64(seed: 4)
        var broken: [String] = []
        for _ in 0..<2000 {
            do {
                _ = try VolumeName(validating: nastyName(using: &generator))
            } catch {
                let isPrintable = error.description.utf8.allSatisfy { 0x20...0x7E ~= $0 }
                if !isPrintable || error.description.utf8.count > 800 { broken.append(error.description) }
            }
        }
        #expect(broken.isEmpty)
    }

    @Test func `a name is a plain string in JSON`() throws {
        let names = [try VolumeName(validating: "data"), try VolumeName(validating: "logs-2")]
        let json = try JSONEncoder().encode(names)
        #expect(String(decoding: json, as: UTF8.self) == #"["data","logs-2"]"#)
        #expect(try JSONDecoder().decode([VolumeName].self, from: json) == names)
    }

    @Test(arguments: [#"["../x"]"#, #"["a\u0000"]"#, #"[""]"#, #"[1]"#, #"[null]"#, #"["\#(uuid)"]"#])
    func `an invalid name can't be decoded`(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([VolumeName].self, from: Data(json.utf8)) }
    }

    /// Made mostly of allowed pieces, so that about half are valid.
    private func nastyName(using generator: inout SplitMix64) -> String {
        let allowed = ["a", "Z", "0", "9", "volume", "a.b", "x_y", "p-q", Self.uuid, String(repeating: "n", count: 20)]
        let nasty = [
            "-", ".", "_", "..", "/", "../", "--help", "$(id)", ";", " ", "\n", "\r\n", "\t", "\0", "\u{7F}",
            "\u{80}", "\u{202E}", "\u{301}", "\u{212A}", "é", "а", "ａ", "٣", "😀", "`", "'", "@", "[", "{", ":",
            String(repeating: "x", count: 300),
        ]
        let count = Int.random(in: 0...4, using: &generator)
        return (0..<count)
            .compactMap { _ in
                (Int.random(in: 0..<5, using: &generator) > 0 ? allowed : nasty).randomElement(using: &generator)
            }
            .joined()
    }

    /// Compares code points in hexadecimal, so that no engine's definition of a letter or a newline matters.
    private func matchesPattern(_ name: String) -> Bool {
        let name = name.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: " ") + " "
        let digit = "3[0-9] "
        let letter = "4[1-9a-f] |5[0-9a] |6[1-9a-f] |7[0-9a] "
        let inside = "\(letter)|\(digit)|2e |5f |2d "
        let hexadecimal = "(\(digit)|4[1-6] |6[1-6] )"
        let uuid = [8, 4, 4, 4, 12].map { "\(hexadecimal){\($0)}" }.joined(separator: "2d ")
        return name.range(of: "^(\(letter)|\(digit))(\(inside)){0,62}$", options: .regularExpression) != nil
            && name.range(of: "^\(uuid)$", options: .regularExpression) == nil
    }
}
