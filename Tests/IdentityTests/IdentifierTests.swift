import CLibUUID
import Foundation
import Identity
import Testing

struct IdentifierTests {
    enum Tag {}
    enum OtherTag {}
    typealias ID = Identifier<Tag>

    static let text = "2ed6657d-e927-568b-95e1-2665a8aea6a2"

    @Test func `random identifiers differ`() {
        #expect(Set((1...1_000).map { _ in ID.random() }).count == 1_000)
    }

    @Test func `a random identifier is a UUID of version 4 in lower case`() throws {
        for _ in 1...100 {
            let text = ID.random().description
            #expect(
                try /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/.wholeMatch(in: text) != nil
            )
        }
    }

    @Test func `an identifier is read from its text in either case, and written in lower case`() throws {
        let identifier = try #require(ID(Self.text))
        #expect(ID(Self.text.uppercased()) == identifier)
        #expect(identifier.description == Self.text)
        let random = ID.random()
        #expect(ID(random.description) == random)
    }

    static let garbage: [String] = [
        "", "2ed6657d", "\(text.dropLast())", "\(text)0", "\(text)\0", "\(text.dropLast())\0", "\(text.dropLast())g",
        "\(text.dropLast()) ", "\(text.dropLast(2))ä", "{\(text.dropLast(2))}", "\(text.replacing("-", with: ""))",
        "\(text.replacing("-", with: "_"))", "2ed6657de-927-568b-95e1-2665a8aea6a2",
        "------------------------------------", "000000000000000000000000000000000000",
    ]

    @Test(arguments: garbage)
    func `what is no UUID is refused`(text: String) {
        #expect(ID(text) == nil)
    }

    @Test func `text is read and written as libuuid does`() throws {
        for _ in 1...2_000 {
            let id = ID.random()
            for text in [id.description, id.description.uppercased()] {
                var (bytes, written) = ([UInt8](repeating: 0, count: 16), [CChar](repeating: 0, count: 37))
                #expect(uuid_parse(text, &bytes) == 0)
                uuid_unparse_lower(bytes, &written)
                #expect(ID(text)?.description == String(decoding: written.prefix(36).map(UInt8.init), as: UTF8.self))
            }
        }
    }

    @Test func `every character that is wrong at its place is refused`() {
        let digits = Set("0123456789abcdefABCDEF".utf8)
        for position in 0..<36 {
            for byte: UInt8 in 0..<128 {
                var characters = Array(Self.text.utf8)
                let isDash = characters[position] == UInt8(ascii: "-")
                characters[position] = byte
                let isRight = isDash ? byte == UInt8(ascii: "-") : digits.contains(byte)
                #expect((ID(String(decoding: characters, as: UTF8.self)) != nil) == isRight, "\(byte) at \(position)")
            }
        }
    }

    @Test func `the identifier of a name is the one of RFC 9562`() throws {
        let dns = try #require(Identifier<OtherTag>("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        #expect(ID(naming: "www.example.com", within: dns).description == Self.text)
    }

    @Test func `other names and other namespaces give other identifiers`() {
        let (here, there) = (ID.random(), ID.random())
        let names = ["", "a", "b", "execute a", "ä", "a\0", String(repeating: "a", count: 10_000)]
        let all = names.flatMap { [ID(naming: $0, within: here), ID(naming: $0, within: there)] }
        #expect(Set(all).count == all.count)
        #expect(all == names.flatMap { [ID(naming: $0, within: here), ID(naming: $0, within: there)] })
    }

    @Test func `an identifier is a string in JSON`() throws {
        let identifier = try #require(ID(Self.text))
        let stored = try JSONEncoder().encode([identifier])
        #expect(String(decoding: stored, as: UTF8.self) == "[\"\(Self.text)\"]")
        #expect(try JSONDecoder().decode([ID].self, from: stored) == [identifier])
    }

    @Test(arguments: ["[\"2ed6657d\"]", "[1]", "[null]"])
    func `what is no UUID is refused in JSON`(stored: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([ID].self, from: Data(stored.utf8)) }
    }
}
