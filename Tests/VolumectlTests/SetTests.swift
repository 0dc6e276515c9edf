import TestKit
import Testing

@Suite(.scratchDirectory)
struct SetTests {
    @Test func `what is said about a volume is shown, and changed by set`() async throws {
        try await volumectl(
            "create",
            "data",
            "1M",
            "--description",
            "for tests",
            "--label",
            "env=test",
            "--label",
            "a=b=c",
            "--bootable"
        )
        let created: AttributeRecord = try await volumectl("show", "data", "-o", "json").json()
        #expect(
            created
                == AttributeRecord(
                    name: "data",
                    description: "for tests",
                    labels: ["env": "test", "a": "b=c"],
                    protected: false,
                    bootable: true
                )
        )
        let shown = try await volumectl("show", "data").output
        #expect(shown.contains("description  for tests") && shown.contains("label        env=test"))
        let run = try await volumectl(
            "set",
            "data",
            "--name",
            "logs",
            "--description",
            "",
            "--label",
            "env=prod",
            "--no-label",
            "a",
            "--protected",
            "--no-bootable",
            "-o",
            "json"
        )
        expect(0, from: run)
        let changed: AttributeRecord = try run.json()
        #expect(
            changed
                == AttributeRecord(
                    name: "logs",
                    description: nil,
                    labels: ["env": "prod"],
                    protected: true,
                    bootable: false
                )
        )
    }

    @Test func `a protected volume is not removed, and what is advised lets it be removed`() async throws {
        try await volumectl("create", "data", "1M", "--protected")
        let run = try await volumectl("rm", "data", "-y")
        expect(4, from: run)
        try await expectAccepted(run.error.remedies)
        expect(0, from: try await volumectl("set", "data", "--unprotected"))
        expect(0, from: try await volumectl("rm", "data", "-y"))
    }

    @Test(arguments: [
        [], ["--label", "env"], ["--label", "=x"], ["--label", "a=1", "--label", "a=2"],
        ["--label", "a=1", "--no-label", "a"],
        ["--protected", "--unprotected"], ["--name", "no name"], ["--description", "two\nlines"], ["--label", "a b=1"],
    ])
    func `a change that makes no sense is refused`(_ options: [String]) async throws {
        try await volumectl("create", "data", "1M")
        let before = try await volumectl("show", "data", "-o", "json").output
        expect(64, from: try await volumectl(["set", "data"] + options))
        #expect(try await volumectl("show", "data", "-o", "json").output == before)
    }

    @Test func `to create a volume again with other words says that they are not taken`() async throws {
        try await volumectl("create", "data", "1M", "--label", "env=test")
        let same = try await volumectl("create", "data", "1M", "--label", "env=test")
        #expect(same.notes == ["note: volume \"data\" already exists with this specification"])
        let other = try await volumectl("create", "data", "1M", "--label", "env=prod")
        expect(0, from: other)
        #expect(other.notes.count == 2 && other.notes.last?.hasSuffix("volumectl set data") == true)
    }
}

/// What is said about a volume, as programs read it.
private struct AttributeRecord: Decodable, Equatable {
    let name: String?
    let description: String?
    let labels: [String: String]
    let protected: Bool
    let bootable: Bool
}
