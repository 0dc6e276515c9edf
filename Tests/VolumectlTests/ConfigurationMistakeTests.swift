import Foundation
import Testing

@Suite(.scratchDirectory)
struct ConfigurationMistakeTests {
    @Test(arguments: [
        ("pol: a\n", 1, "'pol', did you mean 'pool'?"),
        ("# a\n\nquota:\n  volumse: 3\n", 4, "'quota.volumse', did you mean 'quota.volumes'?"),
        ("qouta:\n  volumes: 3\n", 1, "'qouta', did you mean 'quota'?"),
        ("pools:\n  default:\n    paht: /srv\n", 3, "'pools.default.paht', did you mean 'pools.default.path'?"),
        ("colour: blue\n", 1, "'colour'"), ("quota: {volumes: 3, nonsense: {a: {b: c}}}\n", 1, "'quota.nonsense'"),
    ])
    func `a key that nothing reads is a warning with its line`(text: String, line: Int, rest: String) async throws {
        let config = try Scratch.write(text)
        let run = try await volumectl("ls", "--config", config)
        expect(0, from: run)
        #expect(run.notes.filter { $0.hasPrefix("warning: ") } == ["warning: \(config):\(line): unknown key \(rest)"])
    }

    @Test func `a variable that nothing reads is a warning`() async throws {
        let run = try await volumectl("ls", with: ["VOLUMECTL_QUOTA_VOLUME": "3", "VOLUMECTL_UNRELATED": "x"])
        expect(0, from: run)
        #expect(
            run.notes.filter { $0.hasPrefix("warning: ") } == [
                "warning: unknown variable VOLUMECTL_QUOTA_VOLUME, did you mean VOLUMECTL_QUOTA_VOLUMES?"
            ]
        )
    }

    @Test func `a pool may be described and not be in use`() async throws {
        let config = try Scratch.write("pools:\n  fast:\n    path: /srv/fast\n")
        let run = try await volumectl("pool", "ls", "-q", "--config", config)
        expect(0, from: run)
        #expect(run.lines == ["default"])
        #expect(!run.errors.contains("warning"))
    }

    @Test(arguments: [
        ("quota:\n  volumes: many\n", 2, "quota.volumes"), ("quota:\n  volumes: -2\n", 2, "quota.volumes"),
        ("quota:\n  volumes: 1.5\n", 2, "quota.volumes"), ("quota:\n  volumes: [1]\n", 2, "quota.volumes"),
        ("quota:\n  gigabytes: 99999999999999999999\n", 2, "quota.gigabytes"), ("quota: 3\n", 1, "quota"),
        ("quota: [volumes]\n", 1, "quota"), ("\nproject: {a: b}\n", 2, "project"), ("project: ../x\n", 1, "project"),
        ("output: xml\n", 1, "output"), ("db: here.db\n", 1, "db"), ("db: /a/../b.db\n", 1, "db"),
        ("db: \"/a\\tb\"\n", 1, "db"), ("pools: [default]\n", 1, "pools"),
        ("pools:\n  default: /srv\n", 2, "pools.default"),
        ("pools:\n  default:\n    driver: zfs\n", 3, "pools.default.driver"),
        ("pools:\n  default:\n    path: srv\n", 3, "pools.default.path"),
        ("pools:\n  default:\n    path: /srv/./x\n", 3, "pools.default.path"),
        ("pools:\n  default:\n    reserved-percentage: 101\n", 3, "pools.default.reserved-percentage"),
        ("pools:\n  default:\n    over-subscription-ratio: 0.5\n", 3, "pools.default.over-subscription-ratio"),
        ("pools:\n  default:\n    over-subscription-ratio: nan\n", 3, "pools.default.over-subscription-ratio"),
        ("enabled-pools: default\n", 1, "enabled-pools"), ("enabled-pools: [a, a]\n", 1, "enabled-pools"),
        ("enabled-pools: [../a]\n", 1, "enabled-pools"), ("enabled-pools: [[a]]\n", 1, "enabled-pools"),
    ])
    func `a value that can't be meant is an error with its line and key`(text: String, line: Int, key: String)
        async throws
    {
        let config = try Scratch.write(text)
        let run = try await volumectl("ls", "--config", config)
        expect(64, from: run)
        let error = try run.error
        #expect(error.headline.hasPrefix("the configuration can't be used: '\(key)': "))
        #expect(error.cause == "it comes from \(config):\(line)")
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: [
        ("VOLUMECTL_QUOTA_VOLUMES", "many"), ("VOLUMECTL_QUOTA_VOLUMES", " 3"), ("VOLUMECTL_OUTPUT", "xml"),
        ("VOLUMECTL_DB", "here.db"), ("VOLUMECTL_POOLS_DEFAULT_DRIVER", "zfs"), ("VOLUMECTL_STATE_DIRECTORY", "here"),
        ("VOLUMECTL_PROJECT", "a b"),
    ])
    func `a variable that can't be meant is an error with its name`(name: String, value: String) async throws {
        let run = try await volumectl("ls", with: [name: value])
        expect(64, from: run)
        #expect(try run.error.cause == "it comes from \(name)")
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: [
        ("a: [\n", ":2:1: "), ("a: b: c\n", ":1:5: "), ("\tproject: x\n", ":1:1: "), ("- a\n", ":1: "),
        ("text\n", ":1: "),
        ("project: a\nproject: b\n", ":1: twice the same key: project"), ("--- a\n--- b\n", ""), ("a: *b\n", ""),
        ("'", ""),
    ])
    func `what is not a mapping in YAML is an error with the place`(text: String, place: String) async throws {
        try await expectRefusal(of: text, because: place)
    }

    @Test(arguments: [("[", 100_000, ""), ("#\n", 1 << 20, "1048576 bytes")])
    func `a file that is too large or too deep is an error, too`(part: String, count: Int, cause: String) async throws {
        try await expectRefusal(of: String(repeating: part, count: count), because: cause)
    }

    private func expectRefusal(of text: String, because place: String) async throws {
        let config = try Scratch.write(text)
        let run = try await volumectl("ls", "--config", config)
        expect(64, from: run)
        let error = try run.error
        #expect(error.headline == "the configuration file '\(config)' can't be used")
        #expect(error.cause?.contains(place) == true || place.isEmpty, "\(run)")
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `a file that can't be read is an error that says why`() async throws {
        let binary = ScratchDirectory.path + "/binary.yaml"
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: binary))
        for (file, cause) in [
            ("/none.yaml", "No such file or directory"), (ScratchDirectory.path, "Is a directory"),
            (binary, "it is not UTF-8"), ("/dev/zero", "it has more than 1048576 bytes"),
            ("", "No such file or directory"),
        ] {
            let run = try await volumectl("ls", "--config", file)
            expect(64, from: run)
            #expect(try run.error.cause == cause)
            if !file.isEmpty { expect(64, from: try await volumectl("ls", with: ["VOLUMECTL_CONFIG": file])) }
        }
        #expect(!Scratch.exists(Scratch.state))
    }
}
