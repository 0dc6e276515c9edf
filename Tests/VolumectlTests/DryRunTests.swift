import ArgumentParser
import Foundation
import SQL
import TestKit
import Testing

@testable import volumectl

/// What `--dry-run` does: all checks, and no change.
@Suite(.scratchDirectory)
struct DryRunTests {
    /// The commands of the tree, by their words.
    private static let commands: [String: any ParsableCommand.Type] = {
        func tree(_ command: any ParsableCommand.Type, _ words: [String]) -> [(String, any ParsableCommand.Type)] {
            [(words.joined(separator: " "), command)]
                + command.configuration.subcommands.flatMap { tree($0, words + [$0.configuration.commandName ?? ""]) }
        }
        return Dictionary(tree(VolumeCtl.self, [])) { $1 }
    }()

    /// Commands that can write and have no dry run: they carry on what was requested before, or do what others request later.
    private static let exceptions: Set = ["flow resume", "flow wait", "serve"]

    /// Whether the database has tools of its own for backups.
    private static let isOnServer = TestDatabase.server != nil

    /// The arguments of each changing command, in the state that `fill` makes, and the exit status.
    private static let examples: [String: ([String], Int32)] = [
        "create": (["new", "1M"], 0), "clone": (["data", "copy"], 0), "set": (["data", "--name", "other"], 0),
        "resize": (["data", "+1M"], 0), "rm": (["data", "plain"], 4), "forget": (["plain"], 0),
        "adopt": (["default", "stray", "found"], 0), "transfer": (["plain", "--to-project", "other"], 0),
        "retype": (["plain", "ssd"], 0), "migrate": (["plain", "--to", "second"], 0),
        "export": (["plain"], 0), "unexport": (["plain"], 0), "attach": (["plain"], 0), "detach": (["plain"], 0),
        "mount": (["plain", "/mnt"], 0), "umount": (["plain"], 0),
        "snapshot create": (["data", "s2"], 0), "snapshot rm": (["data@s1"], 0),
        "snapshot revert": (["data", "s1"], 0), "image save": (["plain", "image.raw", "--format", "raw"], 0),
        "pool disable": (["default", "--reason", "repair"], 0), "pool enable": (["default"], 0),
        "pool drain": (["default"], 0), "pool claim": (["default"], 0),
        "worker drain": (["beta"], 3), "worker enable": (["beta"], 3),
        "type create": (["hdd"], 0), "type set": (["ssd", "--description", "fast"], 0),
        "type unset": (["ssd", "--spec", "media"], 0), "type grant": (["ssd", "other"], 0),
        "type revoke": (["ssd", "other"], 0), "type rm": (["ssd"], 0),
        "qos create": (["silver"], 0), "qos set": (["gold", "--spec", "total_iops_sec=5"], 0),
        "qos unset": (["gold", "--spec", "total_iops_sec"], 0), "qos associate": (["gold", "ssd"], 0),
        "qos disassociate": (["gold", "--all"], 0), "qos rm": (["gold"], 0),
        "group create": (["other"], 0), "group set": (["pair", "--description", "both"], 0),
        "group add": (["pair", "plain"], 0), "group remove": (["pair", "data"], 0),
        "group snapshot": (["pair", "s3"], 0), "group rm": (["pair", "--volumes"], 4),
        "quota set": (["--volumes", "50"], 0), "quota unset": (["volumes"], 0), "quota audit": (["--fix"], 0),
        "doctor": (["--fix"], 0), "repair": (["data"], 0),
        "backup": (["copy.db"], isOnServer ? 4 : 0), "metrics": (["--textfile", "metrics.prom"], 0),
        "report": (["--html", "report.html"], 0),
        "flow cancel": (["FLOW"], 4), "flow retry": (["FLOW"], 4), "flow abandon": (["FLOW"], 4),
        "nomad-plugin create": ([], 0), "nomad-plugin delete": ([], 0),
    ]

    private func fill() async throws {
        try Scratch.write(
            """
            enabled-pools: [default, second]
            pools:
              second: {driver: loopback, path: \(ScratchDirectory.path)/second}
            """
        )
        for words in [
            ["group", "create", "pair"], ["create", "data", "2M", "--group", "pair"], ["create", "plain", "1M"],
            ["snapshot", "create", "data", "s1"],
            ["type", "create", "ssd", "--private"], ["qos", "create", "gold", "--spec", "total_iops_sec=9"],
            ["quota", "set", "--volumes", "5"],
        ] { expect(0, from: try await volumectl(words, with: variables)) }
        try Data(count: 1 << 20).write(to: URL(filePath: Scratch.pool + "/stray"))
    }

    private var variables: [String: String] {
        [
            "VOLUMECTL_CONFIG": ScratchDirectory.path + "/config.yaml",
            "DHV_VOLUME_ID": "d688ff7a-d299-11ef-ae3c-6f2400953c18", "DHV_VOLUMES_DIR": ScratchDirectory.path,
            "DHV_CAPACITY_MIN_BYTES": "1048576",
        ]
    }

    /// All rows of the database, and the names, sizes and times of all files of the pools.
    private func everything() async throws -> [String] {
        let database = try TestDatabase.open(Scratch.database, access: .look)
        let rows = try await database.read { connection in
            try connection.tables()
                .flatMap { table in
                    try connection.query("SELECT * FROM \(table.name)").map { "\(table.name) \($0.values)" }.sorted()
                }
        }
        await database.close()
        let files = [Scratch.pool, ScratchDirectory.path + "/second", ScratchDirectory.path + "/work"]
            .flatMap { directory in
                (FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []).sorted()
                    .map { name in
                        let facts = try? FileManager.default.attributesOfItem(atPath: directory + "/" + name)
                        return "\(name) \(facts?[.size] ?? "") \(facts?[.modificationDate] ?? "")"
                    }
            }
        return rows + files
    }

    @Test func `every command that changes something has a dry run`() {
        let changing = Self.commands.filter { $0.value is any ChangingCommand.Type }
        #expect(Set(changing.keys.filter { !$0.hasPrefix("volume ") }) == Set(Self.examples.keys))
        for (words, command) in Self.commands where !Self.exceptions.contains(words) {
            guard let command = command as? any ServiceCommand.Type, command.access == .change else { continue }
            #expect(command is any ChangingCommand.Type, "\(words)")
        }
    }

    @Test(arguments: examples.keys.sorted())
    func `a dry run changes nothing`(command: String) async throws {
        try await fill()
        let flow = try #require(try await volumectl("flow", "ls", "-q", with: variables).lines.last)
        let (arguments, status) = try #require(Self.examples[command])
        let words = command.split(separator: " ").map(String.init) + arguments.map { $0 == "FLOW" ? flow : $0 }
        let before = try await everything()
        let run = try await volumectl(words + ["--dry-run"], with: variables)
        // A driver may need root for some uses, and says so.
        if ["attach", "mount", "umount", "detach", "export"].contains(command) {
            #expect(run.status != 64 && run.status != 1, "\(run)")
        } else {
            expect(status, from: run)
        }
        #expect(try await everything() == before, "\(run)")
        if status == 0, run.status == 0 {
            let json = try await volumectl(words + ["--dry-run", "-o", "json"], with: variables)
            expect(0, from: json)
            #expect(json.output.contains("\"dry_run\" : true"), "\(json)")
        }
    }

    /// Commands that change files of their user only.
    private static let untold: Set = ["backup", "metrics", "report"]

    /// Commands whose events need something that is not here: a device, a mark that has changed, a wrong record, a flow that
    /// has not ended.
    private static let toldElsewhere: Set = [
        "attach", "detach", "mount", "umount", "pool claim", "quota audit", "doctor", "repair", "flow cancel",
        "flow retry", "flow abandon",
        "worker drain", "worker enable", "nomad-plugin create", "nomad-plugin delete",
    ]

    /// What comes before an example that would change nothing.
    private static let preparations = [
        "pool enable": "pool disable default --reason repair", "unexport": "export plain",
        "type revoke": "type grant ssd other", "qos disassociate": "qos associate gold ssd",
        "group rm": "snapshot rm data@s1 -y",
    ]

    @Test(arguments: examples.keys.filter { !toldElsewhere.union(untold).contains($0) }.sorted())
    func `every command that changes something is told as an event`(command: String) async throws {
        try await fill()
        let variables = variables.merging(
            ["VOLUMECTL_POOLS_DEFAULT_EXPORT_DIRECTORY": ScratchDirectory.path + "/x"]
        ) { $1 }
        if let words = Self.preparations[command] {
            expect(0, from: try await volumectl(words.split(separator: " ").map(String.init), with: variables))
        }
        let before = try await volumectl("event", "ls", "-q", "--limit", "1", with: variables).line
        let asks = ["rm", "forget", "snapshot rm", "snapshot revert", "group rm"].contains(command)
        let (arguments, _) = try #require(Self.examples[command])
        let words = command.split(separator: " ").map(String.init) + arguments + (asks ? ["-y"] : [])
        let run = try await volumectl(words, with: variables)
        let told = try await volumectl("event", "ls", "--after", before, with: variables)
        #expect(!told.output.isEmpty, "\(run)")
        if command == "export" { try await volumectl("unexport", "plain", with: variables) }
    }

    @Test func `a dry run says what would be done, and is refused as the request would be`() async throws {
        try await fill()
        func dryRun(_ words: String...) async throws -> Run {
            try await volumectl(words + ["--dry-run"], with: variables)
        }
        #expect(try await dryRun("resize", "data", "+1G").line == "would resize volume \"data\" by 1G")
        #expect(try await dryRun("detach", "data").line == "nothing to do")
        let create = try await dryRun("create", "new", "1M")
        #expect(create.lines.first == "would create volume \"new\", 1 MiB, in pool default", "\(create)")
        #expect(create.output.contains(#/(?m)^second +loopback +eligible /#), "\(create)")
        let clone = try await dryRun("clone", "data", "copy")
        #expect(clone.lines.first?.hasPrefix("would create volume \"copy\"") == true, "\(clone)")
        let repeated = try await dryRun("create", "plain", "1M")
        #expect(repeated.lines.first == "nothing to do" && repeated.output.contains("exists already"), "\(repeated)")
        expect(4, from: try await dryRun("create", "plain", "2M"))
        let removal = try await volumectl("rm", "plain", "--dry-run", "-o", "json", with: variables).output
        #expect(removal.contains(#""dry_run" : true"#) && removal.contains(#""would" : "remove volume \"plain\"""#))
        try Scratch.write("", to: "work/taken")
        expect(4, from: try await dryRun("backup", "taken"))
        expect(Self.isOnServer ? 4 : 10, from: try await dryRun("backup", "no/directory"))
        expect(64, from: try await dryRun("metrics", "--textfile", "no/directory"))
        expect(64, from: try await dryRun("metrics"))
        #expect(try await dryRun("snapshot", "rm", "data@s1").line.hasPrefix("would remove snapshot \"data@s1\""))
        expect(3, from: try await dryRun("resize", "nothing", "2G"))
        expect(64, from: try await dryRun("resize", "data", "1M"))
        expect(4, from: try await dryRun("set", "data", "--name", "plain"))
        expect(4, from: try await dryRun("forget", "data"))
        // The quota is checked in the first transaction of a flow, which is not there to be shown afterwards.
        expect(0, from: try await volumectl("quota", "set", "--snapshots", "1", with: variables))
        let refused = try await dryRun("snapshot", "create", "data", "s2")
        expect(5, from: refused)
        #expect(!refused.errors.contains("flow show"), "\(refused)")
        #expect(refused.errors.contains("nothing was changed"), "\(refused)")
    }

    @Test(arguments: [["type", "create", "ssd"], ["create", "data", "1M"], ["quota", "set", "--volumes", "5"]])
    func `a dry run on a fresh machine creates nothing`(words: [String]) async throws {
        expect(0, from: try await volumectl(words + ["--dry-run"]))
        #expect(!Scratch.exists(Scratch.state))
        let version = try await volumectl("version").output
        #expect(version.contains(Self.isOnServer ? "none; the next command makes them" : "it does not exist yet"))
    }

    @Test func `a dry run on another host makes no state directory there`() async throws {
        expect(0, from: try await volumectl("create", "data", "1M"))
        let elsewhere = [
            "VOLUMECTL_STATE_DIRECTORY": ScratchDirectory.path + "/elsewhere",
            "VOLUMECTL_DB": try TestDatabase.configured(Scratch.database),
        ]
        expect(0, from: try await volumectl("rm", "data", "-y", "--dry-run", with: elsewhere))
        #expect(!Scratch.exists(ScratchDirectory.path + "/elsewhere"))
    }

    @Test func `a dry run without a place for a temporary database is refused`() async throws {
        let run = try await volumectl(["type", "create", "ssd", "--dry-run"], with: ["TMPDIR": "/nonexistent"])
        expect(10, from: run)
        #expect(run.errors.contains("'/nonexistent'"))
    }

    @Test func `a dry run that would be the value of an option is not taken for one`() async throws {
        for words in [
            ["create", "new", "1M", "--key-id"], ["set", "plain", "--description"],
            ["pool", "disable", "default", "--reason"], ["type", "create", "ssd", "--encryption-provider"],
        ] {
            let run = try await volumectl(words + ["--dry-run"])
            expect(64, from: run)
            #expect(run.errors.contains("has no value: '--dry-run' follows it"))
        }
        #expect(!Scratch.exists(Scratch.database))
        expect(0, from: try await volumectl("create", "new", "1M", "--description=--dry-run"))
    }

    @Test func `a dry run leaves interrupted flows alone`() async throws {
        try await fill()
        let database = try TestDatabase.open(Scratch.database)
        _ = try await database.write(until: nil) { connection in
            try connection.execute("UPDATE flow SET state = 'SUSPENDED', owner_lock = 0 WHERE name = 'create-snapshot'")
        }
        await database.close()
        let before = try await everything()
        expect(0, from: try await volumectl("set", "plain", "--bootable", "--dry-run", with: variables))
        #expect(try await everything() == before)
    }
}
