import Foundation
import TestKit
import Testing

/// The errors about mistyped words.
@Suite(.scratchDirectory)
struct WordsTests {
    @Test(arguments: [
        (["help", "crate"], "did you mean 'create'?"),
        (["help", "flow", "foo"], "there is no command 'volumectl flow foo'"),
        (["create", "x", "1M", "-size", "5"], "there is no option '-size', did you mean '--size'?"),
        (["rm", "a", "-yes"], "there is no option '-yes', did you mean '--yes'?"),
        (["ls", "-quiet"], "there is no option '-quiet', did you mean '--quiet'?"),
        (["create", "x", "1M", "--naem", "y"], "there is no option '--naem', did you mean '--name'?"),
        (["create", "x", "1M", "--typ", "ssd"], "there is no option '--typ', did you mean '--type'?"),
    ])
    func `the error about an unknown word suggests the nearest one`(words: [String], told: String) async throws {
        let run = try await volumectl(words)
        expect(64, from: run)
        #expect(try run.error.headline.hasSuffix(told))
    }

    @Test(arguments: [
        (["create", "web", "10X"], "volumectl create web 10G"),
        (["create", "--size", "10X"], "volumectl create --size 10G"),
        (["create", "--name", "web", "--size", "+5G"], "volumectl create web 5G"),
        (["create", "a b", "10X"], "volumectl create --help"),
    ])
    func `the remedy of an error creates the intended volume`(words: [String], remedy: String) async throws {
        let run = try await volumectl(words)
        expect(64, from: run)
        #expect(try run.error.remedies.first == remedy)
    }

    @Test func `the remedy of an exceeded quota keeps the name and the pool`() async throws {
        let limits = ["VOLUMECTL_QUOTA_PER_VOLUME_GIGABYTES": "2"]
        let run = try await volumectl(["create", "web", "3G", "--pool", "default"], with: limits)
        expect(5, from: run)
        #expect(try run.error.remedies.first == "volumectl create --size 2 --name web --pool default")
    }

    @Test func `keys of JSON are in snake case and state their unit, also in stored values`() async throws {
        try await volumectl("create", "a", "1M")
        let flow = try await volumectl("flow", "ls", "-q").line
        let shown = try await volumectl("flow", "show", flow, "-o", "json")
        #expect(shown.output.contains(#""actual_size_bytes" : 1048576"#))
        let keys = shown.output.matches(of: /"([^"]+)" :/).map(\.1)
        #expect(keys.allSatisfy { $0.wholeMatch(of: /[a-z0-9_]+/) != nil }, "\(keys)")
        #expect(keys.contains("duration_ms") && !keys.contains("size"))
    }

    @Test func `a truncated list of flows has a note`() async throws {
        for name in ["a", "b", "c"] { try await volumectl("create", name, "1M") }
        #expect(
            try await volumectl("flow", "ls", "--limit", "2").notes == [
                "note: these are the newest 2; --limit shows more, --after older ones"
            ]
        )
        #expect(try await volumectl("flow", "ls", "--limit", "3").notes.isEmpty)
    }

    @Test func `a size that is joined to its option is told how to be written`() async throws {
        let wrong = try await volumectl("create", "a", "-s10X").error
        #expect(wrong.headline.hasPrefix("cannot create a volume: '10X' is not a size: "))
        let right = try await volumectl("create", "a", "-s10G").error
        #expect(right.headline == "there is no option '-s10G', did you mean '-s 10G'?")
        #expect(right.remedies.first == "volumectl create --size 10G")
    }
}
