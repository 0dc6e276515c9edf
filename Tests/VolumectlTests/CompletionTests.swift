import Foundation
import SQL
import TestKit
import Testing

@testable import SQLite
@testable import volumectl

/// The names that a shell is offered.
@Suite(.scratchDirectory)
struct CompletionTests {
    /// Asks as the shells' scripts do, for the word after `words`.
    private func names(
        for command: String,
        at place: String = "positional@0",
        after words: [String] = [],
        _ word: String = "",
        with variables: [String: String] = [:]
    ) async throws -> [String] {
        let line = ["volumectl"] + command.split(separator: " ").map(String.init) + words
        let run = try await volumectl(
            ["---completion"] + command.split(separator: " ").map(String.init)
                + ["--", place, "\(line.count)", "\(word.count)"] + line + [word],
            with: variables
        )
        expect(0, from: run)
        #expect(run.errors.isEmpty, "\(run)")
        return run.lines
    }

    private func fill() async throws {
        for name in ["pg-data", "pg-logs", "web"] { expect(0, from: try await volumectl("create", name, "1M")) }
        expect(0, from: try await volumectl("snapshot", "create", "pg-data", "monday"))
        expect(0, from: try await volumectl("snapshot", "create", "web", "tuesday"))
        expect(0, from: try await volumectl("type", "create", "ssd", "--private"))
        expect(0, from: try await volumectl("qos", "create", "gold"))
    }

    @Test func `arguments are completed with the names that exist`() async throws {
        try await fill()
        #expect(try await names(for: "show", "pg") == ["pg-data", "pg-logs"])
        #expect(try await names(for: "rm", after: ["web"]) == ["pg-data", "pg-logs", "web"])
        #expect(try await names(for: "create", at: "--source", after: ["new", "--source"], "w") == ["web"])
        #expect(try await names(for: "ls", at: "--after", after: ["--after"], "pg") == ["pg-data", "pg-logs"])
        #expect(try await names(for: "event ls", at: "--volume", after: ["--volume"], "w") == ["web"])
        #expect(try await names(for: "quota set", at: "--type", after: ["--type"]) == ["ssd"])
        #expect(try await names(for: "driver check") == ["default"])
        #expect(try await names(for: "snapshot show") == ["pg-data@monday", "web@tuesday"])
        #expect(try await names(for: "snapshot rm", "pg-data@m") == ["pg-data@monday"])
        #expect(try await names(for: "snapshot revert", at: "positional@1", after: ["web"]) == ["tuesday"])
        #expect(try await names(for: "image save", "web@") == ["web@tuesday"])
        #expect(try await names(for: "retype", at: "positional@1", after: ["web"]) == ["ssd"])
        #expect(try await names(for: "qos show") == ["gold"])
        #expect(try await names(for: "pool show", "d") == ["default"])
        #expect(try await names(for: "transfer", at: "--to-project", after: ["web", "--to-project"]) == ["default"])
        let flows = try await volumectl("flow", "ls", "-q").lines
        #expect(try await Set(names(for: "flow show")) == Set(flows))
    }

    @Test func `another project's names are not offered`() async throws {
        try await fill()
        let other = ["VOLUMECTL_PROJECT": "other"]
        for command in ["show", "snapshot show", "flow show", "type show"] {
            #expect(try await names(for: command, with: other).isEmpty, "\(command)")
        }
    }

    @Test func `the configuration of the command line is the one that counts`() async throws {
        try await fill()
        let file = try Scratch.write("project: other")
        #expect(try await names(for: "show", after: ["--config", file]).isEmpty)
        #expect(try await names(for: "show", after: ["--config=" + file]).isEmpty)
    }

    @Test(.onFiles) func `nothing is offered or created without a database, or where it can't be read`() async throws {
        #expect(try await names(for: "show").isEmpty)
        #expect(!Scratch.exists(Scratch.state))
        try await fill()
        let bad = try Scratch.write("projekt: [", to: "bad.yaml")
        #expect(try await names(for: "show", with: ["VOLUMECTL_CONFIG": bad]).isEmpty)
        for path in [Scratch.database + "-wal", Scratch.database + "-shm"] {
            try? FileManager.default.removeItem(atPath: path)
        }
        try Data("no database".utf8).write(to: URL(filePath: Scratch.database))
        #expect(try await names(for: "show").isEmpty)
    }

    @Test(.onFiles) func `names are offered while another process writes, and nothing while none can be read`()
        async throws
    {
        try await fill()
        do {
            let writer = try SQLiteConnection(.writing(Scratch.database))
            try writer.executeScript("BEGIN IMMEDIATE; DELETE FROM volume")
            #expect(try await names(for: "show", "pg") == ["pg-data", "pg-logs"])
            try writer.executeScript("ROLLBACK")
        }
        let owner = try SQLiteConnection(.writing(Scratch.database))
        try owner.executeScript("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        #expect(try await names(for: "show").isEmpty)
        try owner.executeScript("ROLLBACK")
    }

    @Test func `a request that is no completion gets neither an answer nor a message`() async throws {
        for arguments in [[], ["nonsense"], ["show", "--", "positional@99", "1", "0", "volumectl"]] {
            let run = try await volumectl(["---completion"] + arguments)
            expect(64, from: run)
            #expect(run.output.isEmpty && run.errors.isEmpty)
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a shell's script asks the program for names`(shell: String) async throws {
        let script = try await volumectl("completion", shell)
        expect(0, from: script)
        #expect(script.output.contains("---completion show -- positional@0"))
        #expect(script.output.contains("---completion snapshot revert -- positional@1"))
    }

    @Test func `bash completes names, and a snapshot's name as one word`() async throws {
        try await fill()
        let program = try #require(Command.program)
        let script = """
            PATH="\((program as NSString).deletingLastPathComponent):$PATH"
            source <(volumectl completion bash)
            [[ $COMP_WORDBREAKS == *@* ]] || echo one word
            complete_line() {
                COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
                COMP_POINT=${#COMP_LINE}
                COMPREPLY=()
                _volumectl volumectl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
            }
            complete_line volumectl show pg
            complete_line volumectl snapshot rm web@t
            """
        let run = try await Command(arguments: [], wrapper: ["bash", "-c", script]).run()
        #expect(run.lines == ["one word", "pg-data", "pg-logs", "web@tuesday"], "\(run)")
    }

    @Test func `no more names are read than are offered`() async throws {
        try await fill()
        let database = try TestDatabase.open(Scratch.database)
        _ = try await database.write(until: nil) { connection in
            try connection.execute(
                """
                INSERT INTO volume (id, project, name, size, status, created_at, updated_at, flow)
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                SELECT 'id-' || i, 'default', 'many-' || i, 1, 'available', 0, 0, '' FROM n
                """
            )
        }
        await database.close()
        #expect(try await names(for: "show", "many").count == 500)
        #expect(try await names(for: "show", "web") == ["web"])
    }
}
