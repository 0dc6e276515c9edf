import Foundation
import Subprocess
import SystemPackage
import TestKit
import Testing

/// The examples, as a reader would run them.
struct ExamplesTests {
    @Test(
        arguments: [
            "tutorial", "simple-linear", "simple-linear-listen", "reverting", "fetch", "cat-dog", "create-volume",
            "job-board",
        ]
    )
    func `an example prints what its folder says, and leaves no file behind`(name: String) async throws {
        try await expect("example-\(name)", prints: Self.examples.appending(path: "\(name)/expected-output.txt"))
    }

    @Test(arguments: gallery)
    func `an example of the gallery prints what is expected, and leaves no file behind`(name: String) async throws {
        try await expect("example-gallery", name, prints: Self.examples.appending(path: "gallery/expected/\(name).txt"))
    }

    @Test func `the gallery lists its examples, and there is an expected output for each`() async throws {
        let listed = try await run("example-gallery").output.split(separator: "\n")
        #expect(listed.sorted() == Self.gallery.map { $0[...] })
    }

    @Test func `the gallery refuses a name that it does not have`() async throws {
        #expect(try await run("example-gallery", ["no-such-example"]).status == .exited(64))
    }

    private func expect(_ program: String, _ arguments: String..., prints file: URL) async throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "examples-tests-\(UUID())")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let (status, output, error) = try await run(program, arguments, for: scratch)
        #expect(status == .exited(0))
        #expect(error == "")
        #expect(try Self.normalised(output) == String(contentsOf: file, encoding: .utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    /// - Parameter scratch: where the program is to put its temporary files.
    private func run(
        _ program: String,
        _ arguments: [String] = [],
        for scratch: URL = FileManager.default.temporaryDirectory
    ) async throws -> (status: TerminationStatus, output: String, error: String) {
        let result = try await Subprocess.run(
            .path(FilePath(BuiltProgram.path(of: program) ?? program)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(["TMPDIR": scratch.path]),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        return (result.terminationStatus, result.standardOutput, result.standardError)
    }

    /// `output` with `<id>` for every UUID, `<dir>` for every directory that is named after one, and `<duration>` for every
    /// number of seconds.
    private static func normalised(_ output: String) -> String {
        output.replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.ignoresCase(), with: "<id>")
            .replacing(/\/[^\s']*-<id>(?=\/)/, with: "<dir>")
            .replacing(/[0-9]+(\.[0-9]+)?(e-[0-9]+)? seconds/, with: "<duration>")
    }

    private static let examples = URL(filePath: #filePath).appending(path: "../../../Examples").standardized

    /// The names of the gallery's examples, by their expected outputs.
    private static let gallery: [String] = {
        let expected = examples.appending(path: "gallery/expected").path
        let files = (try? FileManager.default.contentsOfDirectory(atPath: expected)) ?? []
        return files.map { String($0.prefix { $0 != "." }) }.sorted()
    }()
}
