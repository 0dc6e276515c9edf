import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct GrammarTests {
    @Test func `short and long forms, aliases and options with two names are equal`() async throws {
        try await volumectl("create", "data", "1M")
        let equal: [[[String]]] = [
            [["ls"], ["list"], ["volume", "ls"], ["volume", "list"]],
            [["ls", "-o", "json"], ["ls", "-f", "json"], ["ls", "--output=json"], ["volume", "ls", "-ojson"]],
            [["ls", "-q"], ["volume", "list", "--quiet"]],
            [["show", "data"], ["volume", "show", "data"]],
            [["show", "data", "-o", "json"], ["volume", "show", "-f", "json", "data"]],
            [["flow", "ls"], ["flow", "list"]],
            [["pool", "ls", "-q"], ["pool", "list", "-q"]],
        ]
        for forms in equal {
            let first = try await volumectl(forms[0])
            expect(0, from: first)
            for form in forms.dropFirst() {
                let other = try await volumectl(form)
                expect(0, from: other)
                #expect(other.output == first.output && other.errors == first.errors, "\(form)")
            }
        }
    }

    @Test(arguments: [["rm"], ["delete"], ["volume", "rm"], ["volume", "delete"]])
    func `a volume is removed by any name of the command`(command: [String]) async throws {
        try await volumectl("create", "data", "1M")
        let run = try await volumectl(command + ["data", "--yes"])
        expect(0, from: run)
        #expect(try run.line == "data  1 MiB  pool default  deleted")
        #expect(Scratch.volumeFiles().isEmpty)
        #expect(try await volumectl("ls").output.isEmpty)
    }

    @Test func `titles can be left out`() async throws {
        try await volumectl("create", "data", "1M")
        let (full, bare) = (try await volumectl("ls"), try await volumectl("ls", "--no-headers"))
        #expect(full.lines.count == 2)
        #expect(full.lines.first?.hasPrefix("NAME") == true)
        #expect(try bare.line.split(separator: " ") == full.lines[1].split(separator: " "))
    }

    @Test(arguments: [
        (["crate", "a", "1"], "create"), (["lst"], "list"), (["flow", "shw", "x"], "show"),
        (["volume", "remove"], nil),
        (["history"], nil), (["quota", "shwo"], "show"),
    ])
    func `the error about an unknown command suggests the nearest one`(arguments: [String], meant: String?) async throws
    {
        let run = try await volumectl(arguments)
        expect(64, from: run)
        let error = try run.error
        #expect(error.headline.contains("there is no command 'volumectl "))
        #expect(error.headline.contains("did you mean") == (meant != nil))
        if let meant { #expect(error.headline.hasSuffix("did you mean '\(meant)'?")) }
        try await expectAccepted(error.remedies)
    }

    @Test(arguments: [
        ["ls", "--frob"], ["ls", "extra"], ["ls", "-o"], ["ls", "-o", "xml"], ["show"], ["show", "a", "b"],
        ["rm", "-y"],
        ["flow", "show"], ["flow", "ls", "--limit", "0"], ["flow", "ls", "--limit", "x"], ["pool", "ls", "--sise"],
        ["create", "a", "1", "--pool"], ["--frob"],
    ])
    func `arguments that can't be parsed give an error like every other`(arguments: [String]) async throws {
        let run = try await volumectl(arguments)
        expect(64, from: run)
        let error = try run.error
        #expect(error.aftermath == "nothing was changed")
        try await expectAccepted(error.remedies)
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: [
        (["flow", "ls", "--limit", "-1"], "--limit must be at least 1"),
        (["rm", "a", "-y", "--timeout", "-5s"], "'-5s'"),
        (["flow", "wait", "a", "--timeout", "-1"], "'-1'"), (["pool", "claim", "a", "--timeout", "-1"], "'-1'"),
        (["driver", "check", "loopback", "--time-limit", "-1"], "'-1'"),
        (["driver", "soak", "loopback", "--seconds", "-1"], "1 to 86400 seconds"),
    ])
    func `a negative number is a value that is refused, not an option`(arguments: [String], problem: String)
        async throws
    {
        let run = try await volumectl(arguments)
        expect(64, from: run)
        #expect(try run.error.headline.contains(problem))
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `the error about a misspelt option suggests the nearest one`() async throws {
        let error = try await volumectl("create", "a", "1", "--pol", "x").error
        #expect(error.headline.contains("--pool"))
    }

    @Test(arguments: [["-o", "json"], ["-f", "json"], ["--output=json"], ["-ojson"]])
    func `an error about arguments has the requested output format`(form: [String]) async throws {
        let error = try await volumectl(["show"] + form).jsonError
        #expect(error.code == "invalid_input")
        #expect(error.exit == 64)
    }
}
