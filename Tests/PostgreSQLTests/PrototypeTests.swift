import Foundation
import Subprocess
import SystemPackage
import Testing

/// The prototypes of the client library, which are written once more so that its header is not needed.
struct PrototypeTests {
    private static let header = ["/usr/include/postgresql", "/usr/include"]
        .first { FileManager.default.fileExists(atPath: $0 + "/libpq-fe.h") }
    private static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/opt/swift/usr/bin/clang"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(
        .enabled(if: header != nil, "there is no libpq-fe.h: Scripts/install-dependencies libpq-dev"),
        .enabled(if: compiler != nil, "there is no compiler of C")
    )
    func `the prototypes and constants are those of libpq's own header`() async throws {
        let (header, compiler) = (try #require(Self.header), try #require(Self.compiler))
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let own = tests.appending(path: "../../Sources/CLibPQ/include").standardized.path
        let run = try await Subprocess.run(
            .path(FilePath(compiler)),
            arguments: [
                "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-I", own,
                "-I", header, tests.appending(path: "prototypes.c").path,
            ],
            output: .discarded,
            error: .string(limit: 1 << 16)
        )
        #expect(run.terminationStatus.isSuccess, "\(run.standardError)")
    }
}
