import Foundation
import SQL
import SQLStore
import TestKit
import Testing

/// Lists of more rows than are read at once.
@Suite(.scratchDirectory)
struct LongListTests {
    static let count = 2500

    /// Creates a volume with the program, and the others as copies of its records.
    private func fill() async throws {
        try await volumectl("create", "first", "1M")
        try await Copies.make(Self.count - 1) { copies in
            for (table, name) in [("flow", "subject"), ("volume", "name")] {
                let columns = try copies.columns(of: table, without: ["number", "id", name])
                try copies.connection.executeScript(
                    "INSERT INTO \(table) (id, \(name), \(columns)) SELECT \(copies.id), 'copy-' || n, \(columns) "
                        + "FROM \(copies.numbers), \(table) WHERE number = 1 ORDER BY n"
                )
            }
        }
    }

    private static var names: [String] { ["first"] + (2...count).map { "copy-\($0)" } }

    @Test func `they are one JSON array, one table, and one list of ids`() async throws {
        try await fill()
        let volumes: [VolumeRecord] = try await volumectl("ls", "-o", "json").json()
        #expect(volumes.map(\.name) == Self.names)
        let table = try await volumectl("ls")
        #expect(table.lines.map { $0.split(separator: " ")[0] } == ["NAME"] + Self.names.map { $0[...] })
        #expect(Set(table.lines.map(\.count)).count <= 2, "\(Set(table.lines.map(\.count)))")
        #expect(try await volumectl("ls", "-q").lines == volumes.map(\.id))
        let flows: [FlowRecord] = try await volumectl("flow", "ls", "-o", "json", "--limit", "\(Self.count)").json()
        #expect(flows.map(\.subject) == Self.names.reversed())
    }

    @Test(arguments: [1, 1000, 1500])
    func `a page begins after a volume, and says that there are more`(limit: Int) async throws {
        try await fill()
        let page = try await volumectl("ls", "-o", "name", "--limit", "\(limit)", "--after", "copy-900")
        #expect(page.lines == Array(Self.names[900..<900 + limit]))
        #expect(page.errors.contains("note: there are more volumes"))
        let last = try await volumectl("ls", "-o", "name", "--limit", "\(limit)", "--after", "copy-2499")
        #expect(last.lines == ["copy-2500"])
        #expect(last.errors.isEmpty)
    }

    @Test func `a page is one of the volumes that match, in the order that was asked for`() async throws {
        try await fill()
        let page = ["ls", "-o", "name", "--limit", "2"]
        let matching = page + ["--filter", "name~^copy-10.*"]
        #expect(try await volumectl(matching).lines == ["copy-10", "copy-100"])
        #expect(try await volumectl(matching + ["--after", "copy-100"]).lines == ["copy-101", "copy-102"])
        let sorted = page + ["--sort", "name:desc"]
        #expect(try await volumectl(sorted).lines == ["first", "copy-999"])
        #expect(try await volumectl(sorted + ["--after", "copy-999"]).lines == ["copy-998", "copy-997"])
        // The marker itself need not match.
        let filtered = sorted + ["--after", "first", "--filter", "name~7$"]
        #expect(try await volumectl(filtered).lines == ["copy-997", "copy-987"])
        let none = try await volumectl(page + ["--after", "copy-2500"])
        #expect(none.output.isEmpty && none.errors == "no more volumes\n")
    }

    @Test func `a page of flows begins after a flow, the newest first`() async throws {
        for name in ["a", "b", "c", "d"] { try await volumectl("create", name, "1M") }
        let flows = try await volumectl("flow", "ls", "-q").lines
        let page = try await volumectl("flow", "ls", "-q", "--limit", "2", "--after", String(flows[0].prefix(13)))
        #expect(page.lines == Array(flows[1...2]))
        #expect(page.notes == ["note: there are more flows; --after and the last one's id lists them"])
        let filtered = ["flow", "ls", "-q", "--limit", "1", "--filter", "object~[ac]"]
        #expect(try await volumectl(filtered + ["--after", flows[1]]).lines == [flows[3]])
        let last = try await volumectl("flow", "ls", "-q", "--after", flows[3])
        #expect(last.output.isEmpty && last.errors.isEmpty)
        #expect(try await volumectl("flow", "ls", "--after", flows[3]).errors == "no more flows\n")
        expect(3, from: try await volumectl("flow", "ls", "--after", "ffffffff"))
    }

    @Test func `a page of events begins after a number, and a filter counts from the newest`() async throws {
        for name in ["a", "b", "c"] { try await volumectl("create", name, "1M") }
        let numbers = try await volumectl("event", "ls", "-q").lines
        #expect(numbers == ["1", "2", "3", "4", "5", "6"])
        let page = try await volumectl("event", "ls", "-q", "--limit", "2", "--after", "1")
        #expect(page.lines == ["2", "3"])
        #expect(page.notes == ["note: there are more events; --after and the last one's number lists them"])
        #expect(try await volumectl("event", "ls", "-q", "--after", "4").lines == ["5", "6"])
        let filtered = ["event", "ls", "-q", "--filter", "event~end$"]
        #expect(try await volumectl(filtered).lines == ["2", "4", "6"])
        #expect(try await volumectl(filtered + ["--limit", "2"]).lines == ["4", "6"])
        #expect(try await volumectl(filtered + ["--limit", "2", "--after", "0"]).lines == ["2", "4"])
        #expect(try await volumectl("event", "ls", "--after", "\(Int64.max)").errors == "no more events\n")
        for number in ["-1", "x", "9223372036854775808"] {
            expect(64, from: try await volumectl("event", "ls", "--after", number))
        }
        expect(64, from: try await volumectl("event", "ls", "-w", "--after", "1", "--limit", "1"))
    }

    @Test func `a page of no volumes, or after an unknown one, is refused`() async throws {
        try await volumectl("create", "first", "1M")
        #expect(try await volumectl("ls", "--limit", "0").status == 64)
        #expect(try await volumectl("ls", "--limit", "-1").status == 64)
        #expect(try await volumectl("snapshot", "ls", "--limit", "0").status == 64)
        #expect(try await volumectl("ls", "--after", "unknown").status == 3)
    }

    /// What a member of a listed volume may be.
    private enum Scalar: Codable {
        case flag(Bool)
        case number(Int64)
        case text(String)
        case object([String: String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Int64.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .object(try container.decode([String: String].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .flag(let flag): try container.encode(flag)
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            case .object(let object): try container.encode(object)
            }
        }
    }

    @Test func `a volume is listed as an encoder writes it, byte for byte, whatever is in its record`() async throws {
        for name in ["odd", "plain", "unreadable"] { try await volumectl("create", name, "1M") }
        try await volumectl("set", "odd", "--label", "a/b=\"c\"", "--description", "two words", "--bootable")
        let store = try SQLStore(TestDatabase.open(Scratch.database))
        try await store.transact { transaction in
            let characters = "\"/\\\u{1}\u{8}\t\n\u{C}\r\u{1F}ü"
            try transaction.connection.execute("UPDATE volume SET last_error = ? WHERE name = 'odd'", characters)
            try transaction.connection.execute("UPDATE volume SET status = 'odd' WHERE name = 'unreadable'")
        }
        await store.close()
        let listed = try await volumectl("ls", "-o", "json").output
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let members = try JSONDecoder().decode([[String: Scalar?]].self, from: Data(listed.utf8))
        #expect(members.count == 3)
        #expect(listed == String(decoding: try encoder.encode(members), as: UTF8.self) + "\n")
    }

    @Test(.onFiles) func `a list that breaks off is valid JSON, with an error`() async throws {
        try await fill()
        // A page of the database that holds rows of the end of the list.
        var file = try Data(contentsOf: URL(filePath: Scratch.database))
        let place = try #require(file.range(of: Data("copy-2400\(1_048_576)".prefix(9).utf8), options: .backwards))
        let page = place.lowerBound / 4096 * 4096
        file.replaceSubrange(page..<(page + 4096), with: Data(count: 4096))
        try file.write(to: URL(filePath: Scratch.database))
        let run = try await volumectl("ls", "-o", "json", "--no-recover")
        expect(10, from: run)
        let listed = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
        #expect(listed.compactMap { $0["name"] as? String } == Array(Self.names.prefix(2000)))
        #expect(run.errors.contains("malformed"), "\(run)")
    }
}
