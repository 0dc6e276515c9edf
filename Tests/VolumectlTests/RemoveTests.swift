import Foundation
import Subprocess
import TestKit
import Testing

@Suite(.scratchDirectory)
struct RemoveTests {
    @Test func `without a terminal and without -y nothing is removed`() async throws {
        try await volumectl("create", "data", "1M")
        for arguments in [
            ["rm", "data"], ["rm", "data", "--if-exists"], ["rm", "data", "-o", "json"], ["rm", "data", "-q"],
        ] {
            expect(64, from: try await volumectl(arguments))
            let answered = try await withPipe(holding: "y\n") { pipe in
                try await Command(arguments: arguments)
                    .run(input: .fileDescriptor(pipe, closeAfterSpawningProcess: false))
            }
            expect(64, from: answered)
        }
        expect(0, from: try await volumectl("show", "data"))
        #expect(Scratch.volumeFiles().count == 1)
    }

    @Test func `a removal in JSON has the status of the volume`() async throws {
        try await volumectl("create", "data", "1M")
        let removed: [VolumeRecord] = try await volumectl("rm", "data", "-y", "-o", "json").json()
        #expect(removed.map(\.status) == ["deleted"] && removed.first?.location == nil)
    }

    @Test(arguments: [("n", true), ("", true), ("no", true), ("x", true), ("y", false), ("YES", false)])
    func `on a terminal the answer decides`(answer: String, isKept: Bool) async throws {
        try await volumectl("create", "data", "1M")
        let terminal = try Terminal()
        try terminal.type(answer + "\n")
        let run = try await Command(arguments: ["rm", "data"])
            .run(input: .fileDescriptor(terminal.program, closeAfterSpawningProcess: false))
        expect(isKept ? 130 : 0, from: run)
        #expect(run.notes.first?.contains(#/^remove data \([0-9a-f-]{36}\), 1 MiB, created /#) == true)
        #expect(run.notes.first?.hasSuffix("and its data? [y/N]") == true)
        #expect(run.notes.contains("note: data is kept") == isKept)
        #expect(Scratch.volumeFiles().isEmpty != isKept)
    }

    @Test func `a volume that does not exist counts as removed if requested`() async throws {
        let run = try await volumectl("rm", "none", "-y", "--if-exists")
        expect(0, from: run)
        #expect(run.output.isEmpty)
        #expect(run.notes.contains("note: there is no volume 'none'"))
    }

    @Test func `a removal without a question accepts no beginning of an id`() async throws {
        let id = try await volumectl("create", "--size", "1M", "-q").line
        for beginning in [4, 8, 35].map({ String(id.prefix($0)) }) {
            let run = try await volumectl("rm", beginning, "-y")
            expect(3, from: run)
            #expect(try run.error.cause?.contains(id) == true)
            try await expectAccepted(run.error.remedies)
            expect(0, from: try await volumectl("rm", beginning, "-y", "--if-exists"))
        }
        #expect(try await volumectl("ls", "-q").line == id)
        let terminal = try Terminal()
        try terminal.type("y\n")
        let asked = try await Command(arguments: ["rm", String(id.prefix(8))])
            .run(input: .fileDescriptor(terminal.program, closeAfterSpawningProcess: false))
        #expect(asked.notes.first?.hasPrefix("remove \(id), ") == true)
        expect(0, from: asked)
        #expect(Scratch.volumeFiles().isEmpty)
    }

    @Test func `an id is an id in capitals, too`() async throws {
        let id = try await volumectl("create", "--size", "1M", "-q").line
        expect(0, from: try await volumectl("rm", id.uppercased(), "-y"))
        #expect(Scratch.volumeFiles().isEmpty)
    }

    @Test func `all removable volumes are removed, and the exit status is the worst`() async throws {
        for name in ["a", "b"] { try await volumectl("create", name, "1M") }
        let run = try await volumectl("rm", "a", "none", "b", "-y")
        expect(3, from: run)
        #expect(run.lines.count == 2)
        #expect(run.notes.filter { $0.hasPrefix("error: ") }.count == 1)
        #expect(Scratch.volumeFiles().isEmpty)
    }
}
