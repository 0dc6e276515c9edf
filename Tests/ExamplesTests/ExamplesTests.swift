import Foundation
import Subprocess
import SystemPackage
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
        let scratch = FileManager.default.temporaryDirectory.appending(path: "examples-tests-\(UUID())")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let result = try await Subprocess.run(
            .path(Self.products.appending("example-\(name)")),
            environment: .inherit.updating(["TMPDIR": scratch.path]),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        let expected = try String(contentsOf: Self.expectedOutput(of: name), encoding: .utf8)
        #expect(result.terminationStatus == .exited(0))
        #expect(result.standardError == "")
        #expect(Self.normalised(result.standardOutput) == expected)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    /// `output` with `<id>` for every UUID, and `<dir>` for every directory that is named after one.
    private static func normalised(_ output: String) -> String {
        output.replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.ignoresCase(), with: "<id>")
            .replacing(/\/[^\s']*-<id>(?=\/)/, with: "<dir>")
    }

    private static func expectedOutput(of name: String) -> URL {
        URL(filePath: #filePath).appending(path: "../../../Examples/\(name)/expected-output.txt").standardized
    }

    /// The examples are built beside the tests.
    private static let products: FilePath = {
        let tests = FilePath((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
        return tests.removingLastComponent()
    }()
}
