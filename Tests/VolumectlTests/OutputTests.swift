import Foundation
import Glibc
import SystemPackage
import TestKit
import Testing

@Suite(.scratchDirectory)
struct OutputTests {
    /// Every command that prints data, on a state with a volume and a flow.
    private static let commands: [[String]] = [
        ["ls"], ["show", "data"], ["create", "data", "1M"], ["create", "more", "1M"], ["pool", "ls"],
        ["quota", "show"],
        ["flow", "ls"], ["flow", "show"], ["rm", "data", "-y"], ["rm", "none", "-y", "--if-exists"],
    ]

    private func prepared(_ command: [String]) async throws -> [String] {
        try await volumectl("create", "data", "1M")
        return command == ["flow", "show"] ? try await command + volumectl("flow", "ls", "-q").lines.prefix(1) : command
    }

    @Test(arguments: commands)
    func `for programs, standard output is one JSON value and nothing else`(command: [String]) async throws {
        let command = try await prepared(command)
        let run = try await volumectl(command + ["-o", "json"])
        expect(0, from: run)
        let value = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        let objects = try #require(value as? [[String: Any]] ?? (value as? [String: Any]).map { [$0] })
        for object in objects {
            let schema = try #require(object["schema"] as? String)
            #expect(schema.wholeMatch(of: /volumectl\.(volume|pool|quota|flow)\/v1/) != nil)
            #expect(object.keys.allSatisfy { $0.wholeMatch(of: /[a-z_]+/) != nil })
        }
    }

    @Test(arguments: commands)
    func `on a terminal, too`(command: [String]) async throws {
        let command = try await prepared(command)
        let terminal = try Terminal()
        let run = try await Command(arguments: command + ["-o", "json"]).run(output: terminal.program)
        expect(0, from: run)
        let screen = try terminal.screen()
        #expect(!screen.contains("\u{1B}"))
        _ = try JSONSerialization.jsonObject(with: Data(screen.utf8))
    }

    @Test(arguments: [[:], ["NO_COLOR": "1"], ["TERM": "dumb"], ["TERM": "xterm-256color", "CLICOLOR_FORCE": "1"]])
    func `nothing is coloured on a pipe`(variables: [String: String]) async throws {
        // Each call checks that nothing is.
        for command in Self.commands { try await volumectl(try await prepared(command), with: variables) }
        expect(3, from: try await volumectl("show", "none", with: variables))
        expect(64, from: try await volumectl("frob", with: variables))
        expect(0, from: try await volumectl("--help", with: variables))
    }

    @Test func `a key is there even if it has no value`() async throws {
        let volume = try await volumectl("create", "--size", "1M", "-o", "json").output
        for key in ["name", "last_error"] { #expect(volume.contains("\"\(key)\" : null")) }
        let quota = try await volumectl("quota", "show", "-o", "json").output
        #expect(quota.components(separatedBy: "\"limit\" : null").count == 2)
        #expect(quota.contains("\"limit_gib\" : null") && quota.contains("\"per_volume_limit_gib\" : null"))
    }

    @Test func `several volumes are removed as one list, in which failures are marked`() async throws {
        for name in ["a", "b", "c"] { try await volumectl("create", name, "1M") }
        let run = try await volumectl("rm", "a", "none", "b", "neither", "-y", "-o", "json")
        expect(3, from: run)
        struct Removed: Decodable { let name: String? }
        let removed = try JSONDecoder().decode([Removed].self, from: Data(run.output.utf8))
        #expect(removed.map(\.name) == ["a", "b"])
        #expect(run.notes.count == 2)
        #expect(run.notes[0].contains("'none'") && run.notes[1].contains("'neither'"))
        #expect(try await volumectl("ls", "--no-headers").line.hasPrefix("c "))
    }

    @Test func `each volume that can't be removed is reported once`() async throws {
        let run = try await volumectl("rm", "one", "two", "-y")
        expect(3, from: run)
        #expect(run.notes.filter { $0.hasPrefix("error: ") }.count == 2)
        #expect(run.errors.contains("'one'") && run.errors.contains("'two'"))
    }

    @Test func `results that can't be written are an error`() async throws {
        try await volumectl("create", "data", "1M")
        let full = try FileDescriptor.open("/dev/full", .writeOnly)
        defer { try? full.close() }
        for command in [["ls"], ["ls", "-o", "json"], ["ls", "-q"], ["show", "data"]] {
            expect(1, from: try await Command(arguments: command).run(output: full))
        }
    }

    @Test(.onFiles, arguments: [[1], [2], [1, 2], [0, 1, 2]])
    func `without standard streams nothing is written into the database`(missing: [Int32]) async throws {
        try await volumectl("create", "data", "1M")
        let program = try #require(Command.program)
        for words in [["ls"], ["show", "none"], ["create", "more", "1M"], ["frob"]] {
            try #require(try exitStatus(of: ["/usr/bin/timeout", "60", program] + words, without: missing) != nil)
        }
        // A number, nothing, and a record of the file's state: no text.
        let owners = try Data(contentsOf: URL(filePath: Scratch.database + ".owners"))
        #expect(owners.count == 128 && owners[8..<64].allSatisfy { $0 == 0 })
        #expect(try await volumectl("ls", "-q").lines.count == 2)
    }
}

/// Runs a program with some of the standard streams closed.
private func exitStatus(of words: [String], without streams: [Int32]) throws -> Int32? {
    var actions = posix_spawn_file_actions_t()
    try #require(posix_spawn_file_actions_init(&actions) == 0)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in 0...2 as ClosedRange<Int32> {
        posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        if streams.contains(stream) { posix_spawn_file_actions_addclose(&actions, stream) }
    }
    var arguments = words.map { strdup($0) } + [nil]
    var environment = try Command(arguments: []).environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var process: pid_t = 0
    try #require(posix_spawn(&process, words[0], &actions, nil, &arguments, &environment) == 0)
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1 { try #require(errno == EINTR) }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
}
