import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct TypeTests {
    @Test func `a type is made, shown, changed and removed`() async throws {
        let made = try await volumectl("type", "create", "ssd", "--spec", "tier=>= 1", "--description", "fast disks")
        #expect(try made.line == "ssd  tier=>= 1  created")
        expect(0, from: try await volumectl("type", "set", "ssd", "--spec", "media=ssd"))
        expect(0, from: try await volumectl("type", "unset", "ssd", "--spec", "tier"))
        let types: [TypeRecord] = try await volumectl("type", "ls", "-o", "json").json()
        #expect(types == [TypeRecord(name: "ssd", description: "fast disks", extraSpecs: ["media": "ssd"])])
        #expect(try await volumectl("type", "show", "ssd").output.contains("media=ssd"))
        #expect(try await volumectl("type", "rm", "ssd").line == "ssd  media=ssd  removed")
        #expect(try await volumectl("type", "ls").notes == ["no volume types"])
    }

    @Test func `what a type says about encryption is shown as text and as JSON, and taken away`() async throws {
        expect(
            0,
            from: try await volumectl(
                "type",
                "create",
                "safe",
                "--encryption-provider",
                "luks",
                "--encryption-key-size",
                "256"
            )
        )
        expect(0, from: try await volumectl("type", "set", "safe", "--encryption-control-location", "back-end"))
        #expect(try await volumectl("type", "show", "safe").output.contains("luks, 256 bits, back-end"))
        let json = try await volumectl("type", "show", "safe", "-o", "json").output
        #expect(json.contains(#""key_size" : 256"#) && json.contains(#""cipher" : null"#))
        expect(0, from: try await volumectl("create", "data", "1M", "--type", "safe", "--key-id", "vault:7"))
        #expect(try await volumectl("show", "data").output.contains("vault:7"))
        #expect(try await volumectl("show", "data", "-o", "json").output.contains(#""key_id" : "vault:7""#))
        expect(4, from: try await volumectl("type", "unset", "safe", "--encryption"))
        expect(0, from: try await volumectl("rm", "data", "-y"))
        expect(0, from: try await volumectl("type", "unset", "safe", "--encryption"))
        #expect(try await !volumectl("type", "show", "safe").output.contains("luks"))
    }

    @Test func `a volume of a type that no pool meets is refused with what the pools say`() async throws {
        try await volumectl("type", "create", "ssd", "--spec", "media=ssd")
        func configured(_ media: String) throws -> [String: String] {
            let path = "\(ScratchDirectory.path)/\(media).yaml"
            try Data("pools:\n  default:\n    capabilities:\n      media: \(media)\n".utf8)
                .write(to: URL(filePath: path))
            return ["VOLUMECTL_CONFIG": path]
        }
        let run = try await volumectl(["create", "data", "1M", "--type", "ssd"], with: configured("hdd"))
        expect(6, from: run)
        #expect(run.errors.contains("CapabilitiesFilter: requires media ssd, but the pool has hdd"))
        let volume: VolumeRecord = try await volumectl(
            ["create", "data", "1M", "--type", "ssd", "-o", "json"],
            with: configured("ssd")
        )
        .json()
        #expect(volume.status == "available")
        let table = try await volumectl("ls", "-o", "wide").output
        #expect(table.contains("TYPE") && table.contains(" ssd "))
        expect(4, from: try await volumectl("type", "rm", "ssd"))
    }

    @Test(arguments: [
        ["create", "a b"], ["create", "x", "--spec", "media"], ["create", "x", "--spec", "provisioning:type=fat"],
        ["set", "x"], ["unset", "x"], ["create", "x", "--encryption-key-size", "256"],
        ["create", "x", "--encryption-provider", "luks", "--encryption-control-location", "middle"],
        ["create", "x", "--spec", "a=1", "--spec", "a=2"],
    ])
    func `what makes no sense is refused`(_ words: [String]) async throws {
        expect(64, from: try await volumectl(["type"] + words))
        #expect(try await volumectl("type", "ls", "-q").output.isEmpty)
    }

    @Test func `a private type is unknown in other projects until it is granted`() async throws {
        let theirs = ["VOLUMECTL_PROJECT": "theirs"]
        #expect(try await volumectl("type", "create", "gold", "--private").line == "gold  -  created")
        for words in [["type", "show", "gold"], ["create", "a", "1M", "--type", "gold"]] {
            expect(3, from: try await volumectl(words, with: theirs))
        }
        #expect(try await volumectl("type", "ls", with: theirs).notes == ["no volume types"])
        #expect(try await volumectl("type", "ls", "--all", with: theirs).output.contains("gold"))
        expect(0, from: try await volumectl("type", "grant", "gold", "theirs"))
        #expect(try await volumectl("type", "show", "gold").output.contains("default, theirs"))
        expect(0, from: try await volumectl("create", "a", "1M", "--type", "gold", with: theirs))
        expect(0, from: try await volumectl("type", "revoke", "gold", "theirs"))
        expect(3, from: try await volumectl("create", "b", "1M", "--type", "gold", with: theirs))
        expect(0, from: try await volumectl("type", "set", "gold", "--public"))
        let refused = try await volumectl("type", "grant", "gold", "theirs")
        expect(4, from: refused)
        try await expectAccepted(try refused.error.remedies)
    }

    @Test func `a configured default type is given to volumes without one, and refused where it does not exist`()
        async throws
    {
        let variables = ["VOLUMECTL_DEFAULT_TYPE": "ssd"]
        let missing = try await volumectl("create", "a", "1M", with: variables)
        expect(3, from: missing)
        #expect(try missing.error.remedies.first == "volumectl type create ssd")
        expect(0, from: try await volumectl("type", "create", "ssd"))
        expect(0, from: try await volumectl("create", "a", "1M", with: variables))
        struct Default: Decodable { let isDefault: Bool }
        let types: [Default] = try await volumectl("type", "ls", "-o", "json", with: variables).json()
        #expect(types.map(\.isDefault) == [true])
        #expect(try await volumectl("ls", "-o", "wide").output.contains(" ssd "))
    }

    @Test func `an unknown type is told, and what is advised is accepted`() async throws {
        let run = try await volumectl("create", "data", "1M", "--type", "none")
        expect(3, from: run)
        try await expectAccepted(run.error.remedies)
        expect(3, from: try await volumectl("type", "show", "none"))
    }
}

private struct TypeRecord: Decodable, Equatable {
    let name: String
    let description: String
    let extraSpecs: [String: String]
}
