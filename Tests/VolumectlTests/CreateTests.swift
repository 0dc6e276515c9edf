import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct CreateTests {
    @Test func `the error about a misspelt pool suggests the nearest one, and nothing is created`() async throws {
        let run = try await volumectl("create", "data", "1M", "--pool", "defualt")
        expect(3, from: run)
        #expect(try run.error.headline.hasSuffix("there is no pool 'defualt', did you mean 'default'?"))
        #expect(try await volumectl("ls", "-q").lines.isEmpty)
    }

    @Test func `a volume without a name is identified by its id`() async throws {
        let volume: VolumeRecord = try await volumectl("create", "--size", "1M", "-o", "json").json()
        #expect(volume.schema == "volumectl.volume/v1")
        #expect(volume.name == nil)
        #expect(volume.status == "available")
        #expect(volume.pool == "default")
        #expect(volume.project == "default")
        #expect(volume.location == "\(Scratch.pool)/volume-\(volume.id)")
        #expect(Scratch.volumeFiles() == ["volume-\(volume.id)"])
        let line = try await volumectl("ls", "--no-headers").line
        #expect(line.hasPrefix(volume.id))
    }

    private struct CopyRecord: Decodable {
        let id: String
        let type: String?
        let description: String?
        let labels: [String: String]
        let protected: Bool
        let bootable: Bool
        let sizeBytes: Int64
    }

    @Test func `a clone takes the attributes and the key of a create`() async throws {
        try await volumectl("type", "create", "gold")
        try await volumectl("create", "data", "1M")
        let words = [
            "clone", "data", "copy", "2M", "--type", "gold", "--description", "a copy", "--label", "env=test",
            "--protected", "--bootable", "--idempotency-key", "k1", "-o", "json",
        ]
        let copy: CopyRecord = try await volumectl(words).json()
        #expect(copy.type == "gold" && copy.description == "a copy" && copy.labels == ["env": "test"])
        #expect(copy.protected && copy.bootable && copy.sizeBytes == 2 << 20)
        let again: CopyRecord = try await volumectl(words).json()
        #expect(again.id == copy.id)
    }

    @Test func `the same name and specification is the same volume`() async throws {
        let first = try await volumectl("create", "data", "1G", "-q")
        let second = try await volumectl("create", "data", "1024M", "-q")
        expect(0, from: first)
        expect(0, from: second)
        #expect(first.output == second.output)
        #expect(second.notes == ["note: volume \"data\" already exists with this specification"])
        #expect(Scratch.volumeFiles().count == 1)
    }

    @Test func `the same name with another specification is a conflict that shows what differs`() async throws {
        try await volumectl("create", "data", "1G")
        let run = try await volumectl("create", "data", "2G")
        expect(4, from: run)
        let error = try run.error
        #expect(error.headline.contains("\"data\""))
        #expect(error.cause?.contains("1 GiB") == true)
        #expect(Scratch.volumeFiles().count == 1)
    }

    @Test(arguments: [
        ["create", "named", "1M"], ["create", "--name", "named", "--size", "1M"],
        ["create", "--size=1M", "--name=named"],
        ["create", "named", "-s", "1M"], ["create", "-s", "1M", "named"], ["volume", "create", "named", "1M"],
        ["create", "named", "1M", "--pool", "default"],
    ])
    func `a name and a size can be given in several ways`(arguments: [String]) async throws {
        let volume: VolumeRecord = try await volumectl(arguments + ["-o", "json"]).json()
        #expect(volume.name == "named")
        #expect(volume.sizeBytes == 1 << 20)
    }

    @Test func `an id, also as printed by -q, identifies the volume`() async throws {
        let id = try await volumectl("create", "data", "1M", "-q").line
        for reference in [id, id.uppercased(), String(id.prefix(8)), String(id.prefix(4)), "data"] {
            let run = try await volumectl("show", reference, "-q")
            expect(0, from: run)
            #expect(try run.line == id)
        }
        expect(3, from: try await volumectl("show", String(id.prefix(3))))
        #expect(try await volumectl("ls", "-q").lines == [id])
        #expect(try await volumectl("rm", id.uppercased(), "-y", "-q").line == id)
        #expect(Scratch.volumeFiles().isEmpty)
    }

    @Test func `a project sees its own volumes only`() async throws {
        let other = ["VOLUMECTL_PROJECT": "other"]
        try await volumectl("create", "data", "1M")
        expect(3, from: try await volumectl("show", "data", with: other))
        #expect(try await volumectl("ls", with: other).notes == ["no volumes"])
        expect(0, from: try await volumectl("create", "data", "2M", with: other))
        #expect(Scratch.volumeFiles().count == 2)
    }
}
