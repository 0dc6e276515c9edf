import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct FirstRunTests {
    @Test(.onFiles, .enabled(if: !Machine.isConfigured, "this machine has a configuration"))
    func `the first run needs no configuration and prints in two lines what it has created`() async throws {
        // An empty variable counts as unset.
        let unset = ["VOLUMECTL_CONFIG": ""]
        let first = try await volumectl("create", "--size", "1M", with: unset)
        expect(0, from: first)
        #expect(
            first.notes == [
                "note: created the database \(Scratch.database)",
                "note: volumes go to pool \"default\", driver loopback",
            ]
        )
        let second = try await volumectl("ls", with: unset)
        expect(0, from: second)
        #expect(second.errors.isEmpty)
        #expect(second.lines.count == 2)
    }

    @Test func `created files are accessible only to their user`() async throws {
        try await volumectl("create", "--size", "1M", with: ["VOLUMECTL_STATE_DIRECTORY": Scratch.state + "/deep/er"])
        let state = Scratch.state + "/deep/er"
        for directory in [Scratch.state, Scratch.state + "/deep", state, state + "/pools", state + "/pools/default"] {
            #expect(try Scratch.mode(of: directory) == 0o700, "\(directory)")
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: state) where file != "pools" {
            #expect(try Scratch.mode(of: state + "/" + file) == 0o600, "\(file)")
        }
        let volume = try #require(Scratch.volumeFiles(in: state + "/pools/default").first)
        #expect(try Scratch.mode(of: "\(state)/pools/default/\(volume)") == 0o600)
    }

    @Test(
        .onFiles,
        .enabled(
            if: !Machine.isRoot && !Machine.isConfigured,
            "needs an ordinary user, and no configuration of the machine"
        )
    )
    func `without a state directory a user's own is taken`() async throws {
        let unset = ["VOLUMECTL_STATE_DIRECTORY": "", "VOLUMECTL_CONFIG": ""]
        try await volumectl("ls", with: unset)
        #expect(Scratch.exists(ScratchDirectory.path + "/xdg-state/volumectl/volumectl.db"))
        try await volumectl("ls", with: unset.merging(["XDG_STATE_HOME": "relative"]) { $1 })
        #expect(Scratch.exists(ScratchDirectory.path + "/home/.local/state/volumectl/volumectl.db"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: Scratch.work).isEmpty)
    }

    @Test(arguments: [
        [], ["--help"], ["help"], ["create", "--help"], ["flow"], ["help", "flow", "show"], ["--version"],
    ])
    func `help is a result and touches nothing`(arguments: [String]) async throws {
        let run = try await volumectl(arguments)
        expect(0, from: run)
        #expect(!run.output.isEmpty)
        #expect(run.errors.isEmpty)
        #expect(run.lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") })
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: ["volumes", "flows"])
    func `an empty list is a note for people and a list for programs`(kind: String) async throws {
        let command = kind == "volumes" ? ["ls"] : ["flow", "ls"]
        try await volumectl(command)
        let table = try await volumectl(command)
        expect(0, from: table)
        #expect(table.output.isEmpty)
        #expect(table.errors == "no \(kind)\n")
        let json = try await volumectl(command + ["-o", "json"])
        expect(0, from: json)
        #expect(json.output == "[]\n")
        #expect(json.errors.isEmpty)
        let ids = try await volumectl(command + ["-q"])
        expect(0, from: ids)
        #expect(ids.output.isEmpty && ids.errors.isEmpty)
    }
}
