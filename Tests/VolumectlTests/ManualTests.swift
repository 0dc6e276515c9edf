import Foundation
import Subprocess
import SystemPackage
import TestKit
import Testing

/// The manual pages, which are made of the program's own help.
@Suite(.scratchDirectory)
struct ManualTests {
    @Test func `each command has a page with every section that a reader looks for`() async throws {
        let pages = try await pages()
        for name in ["volumectl", "volumectl-create", "volumectl-snapshot-revert", "volumectl-pool-claim"] {
            let page = try #require(pages[name + ".1"], "\(pages.keys.sorted())")
            for title in [
                "NAME", "SYNOPSIS", "OPTIONS", "\"EXIT STATUS\"", "\"ENVIRONMENT\"", "\"FILES\"", "SEE ALSO",
            ] {
                #expect(page.contains("\n.SH \(title)\n"), "\(name): \(title)")
            }
        }
        let create = try #require(pages["volumectl-create.1"])
        #expect(create.contains("VOLUMECTL_QUOTA_VOLUMES") && create.contains("the quota would be exceeded"))
        #expect(create.contains("\\-\\-dry\\-run"))
        #expect(try #require(pages["volumectl.1"]).contains("volumectl\\-create (1)"))
    }

    @Test(.enabled(if: ["/usr/bin/groff", "/usr/local/bin/groff"].contains(where: Scratch.exists), "needs groff"))
    func `groff finds nothing to warn about`() async throws {
        for name in try await pages().keys.sorted() {
            let result = try await run("groff", "-man", "-ww", "-Tutf8", "-z", directory + "/" + name)
            #expect(result.errors == "", "\(name)")
        }
    }

    private var directory: String { ScratchDirectory.path + "/man" }

    /// Writes the pages, and returns them by the names of their files.
    private func pages() async throws -> [String: String] {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = package.appending(path: "Scripts/manual").path(percentEncoded: false)
        let result = try await run("python3", script, try #require(Command.program), directory)
        try #require(result.isSuccess, "\(result.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try String(contentsOfFile: directory + "/" + $0, encoding: .utf8)) }
        )
    }

    /// Runs a program, and returns whether it succeeded and what it complained about.
    private func run(_ program: String, _ arguments: String...) async throws -> (isSuccess: Bool, errors: String) {
        let result = try await Subprocess.run(
            .name(program),
            arguments: Arguments(arguments),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        return (result.terminationStatus.isSuccess, result.standardError)
    }
}
