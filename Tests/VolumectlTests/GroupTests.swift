import TestKit
import Testing

@Suite(.scratchDirectory)
struct GroupCommandTests {
    @Test func `a group is made, filled, listed and removed with its volumes`() async throws {
        let made = try await volumectl("group", "create", "db", "--description", "two disks")
        #expect(try made.line == "db  0 volumes  created")
        expect(0, from: try await volumectl("group", "create", "db", "--description", "two disks"))
        expect(0, from: try await volumectl("create", "a", "1M", "--group", "db"))
        expect(0, from: try await volumectl("create", "b", "1M"))
        #expect(try await volumectl("group", "add", "db", "b").line == "db  2 volumes  changed")
        #expect(try await volumectl("ls", "--filter", "group=db", "-o", "name").lines.count == 2)
        let shown: GroupRecord = try await volumectl("group", "show", "db", "-o", "json").json()
        #expect(shown == GroupRecord(name: "db", volumes: 2, members: ["a", "b"]))
        let listed: [GroupRecord] = try await volumectl("group", "ls", "-o", "json").json()
        #expect(listed == [GroupRecord(name: "db", volumes: 2, members: nil)])
        let used = try await volumectl("group", "rm", "db")
        expect(4, from: used)
        #expect(try used.error.remedies == ["volumectl group show db", "volumectl group rm --volumes db"])
        // Nobody is there to be asked.
        expect(64, from: try await volumectl("group", "rm", "db", "--volumes"))
        #expect(try await volumectl("group", "remove", "db", "b").line == "db  1 volume  changed")
        expect(0, from: try await volumectl("group", "set", "db", "--name", "sql"))
        expect(0, from: try await volumectl("group", "rm", "sql", "--volumes", "-y"))
        #expect(try await volumectl("ls", "-c", "name", "-o", "csv", "--no-headers").lines == ["b"])
        #expect(try await volumectl("group", "ls").notes == ["no groups"])
    }

    @Test(arguments: [
        ["create", "a b"], ["create", "00000000-0000-4000-8000-000000000000"], ["set", "x"], ["add", "x"],
        ["rm", "x", "--no-wait"],
    ])
    func `what makes no sense is refused`(words: [String]) async throws {
        expect(64, from: try await volumectl(["group"] + words))
    }

    @Test(arguments: [["show", "x"], ["add", "x", "y"], ["rm", "x"], ["set", "x", "--name", "y"]])
    func `groups that do not exist are not found`(words: [String]) async throws {
        let run = try await volumectl(["group"] + words)
        expect(3, from: run)
        try await expectAccepted(try run.error.remedies)
    }
}

private struct GroupRecord: Decodable, Equatable {
    let name: String
    let volumes: Int
    let members: [String]?
}
