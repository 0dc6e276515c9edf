import Foundation
import Glibc
import TestKit
import Testing

/// What the program says of sizes, settings and interrupted soaks is what is promised.
@Suite(.scratchDirectory)
struct PromisedWordsTests {
    @Test(arguments: [
        ["-s-1"], ["-s", "-1"], ["-s=-1"], ["--size=-1"], ["--size", "-1"], ["-1"], ["-s-1", "--pool", "default"],
    ])
    func `the headline says why a negative size is refused, wherever it stands`(size: [String]) async throws {
        for arguments in [["create", "a"] + size, ["create"] + size + ["a"]] {
            let run = try await volumectl(arguments)
            expect(64, from: run)
            #expect(try run.error.headline.hasPrefix("cannot create a volume: '-1' is not a size: write 10, 10G, "))
        }
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `a size that is joined to its option is told how to be written`() async throws {
        let wrong = try await volumectl("create", "a", "-s10X").error
        #expect(wrong.headline.hasPrefix("cannot create a volume: '10X' is not a size: "))
        let right = try await volumectl("create", "a", "-s10G").error
        #expect(right.headline == "there is no option '-s10G', did you mean '-s 10G'?")
        #expect(right.remedies.first == "volumectl create --size 10G")
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func `a soak that is interrupted removes what its workers made, and says so`(signal: Int32, status: Int32)
        async throws
    {
        let pool = ScratchDirectory.path + "/soaked"
        let temporary = ScratchDirectory.path + "/temporary"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let soak = try Background(
            ["driver", "soak", "loopback", "--seconds", "3600", "--path", pool],
            with: ["TMPDIR": temporary]
        )
        try await eventually { !Scratch.volumeFiles(in: pool).isEmpty }
        soak.send(signal)
        #expect(await soak.status() == status)
        #expect(try soak.output.isEmpty)
        let words = "interrupted by signal \(signal): the workers were ended, and all that they had made is removed\n"
        #expect(try soak.errors.hasSuffix(words))
        #expect(Scratch.volumeFiles(in: pool).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
        // A worker has the pool's path among its arguments.
        let commands = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
            .compactMap { try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8) }
        #expect(commands.allSatisfy { !$0.contains(pool) })
    }

    @Test(arguments: [("days", "0"), ("flows", "many"), ("flows", "99999999999999999999")])
    func `how long flows are remembered is read, and refused with its line when it is wrong`(key: String, wrong: String)
        async throws
    {
        for right in ["1", "-1"] {
            let config = try Scratch.write("history:\n  days: \(right)\n  flows: \(right)\n")
            expect(0, from: try await volumectl("config", "check", "--config", config))
        }
        let config = try Scratch.write("# kept\nhistory:\n  \(key): \(wrong)\n")
        let run = try await volumectl("config", "check", "--config", config)
        expect(64, from: run)
        let error = try run.error
        #expect(error.headline.contains("'history.\(key)': '\(wrong)' is not a whole number from 1"))
        #expect(error.cause == "it comes from \(config):3")
    }
}
