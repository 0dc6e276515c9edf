import Foundation
import Glibc
import SystemPackage
import TestKit
import Testing

/// What the program says of sizes, settings, interrupted soaks and tables is what is promised.
@Suite(.scratchDirectory)
struct PromisedWordsTests {
    @Test(arguments: ["-1", "10X"])
    func `a wrong size that stands at its option is told why it is refused`(size: String) async throws {
        let run = try await volumectl("create", "a", "-s\(size)")
        expect(64, from: run)
        #expect(try run.error.cause?.hasPrefix("'\(size)' is not a size: write 10, 10G, ") == true)
        #expect(!Scratch.exists(Scratch.state))
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

    @Test(arguments: [["ls"], ["quota", "show"]])
    func `a volume without a name leaves the tables within 80 columns`(command: [String]) async throws {
        let roomy = ["VOLUMECTL_POOLS_DEFAULT_OVER_SUBSCRIPTION_RATIO": "1000000"]
        let id = try await volumectl("create", "--size", "999.5G", "-q", with: roomy).line
        let run = try await volumectl(command)
        expect(0, from: run)
        if command == ["ls"] { #expect(run.output.contains(id)) }
        let terminal = try Terminal()
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(terminal.program.rawValue, UInt(TIOCSWINSZ), &size) == 0)
        expect(0, from: try await Command(arguments: command).run(output: terminal.program))
        let lines = try terminal.screen().split(whereSeparator: \.isNewline)
        #expect(lines.count > 1 && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    }
}
