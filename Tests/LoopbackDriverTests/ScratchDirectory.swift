import Foundation
import Testing

/// Gives each test a directory of its own that is removed afterwards.
struct ScratchDirectory: TestTrait, SuiteTrait, TestScoping {
    @TaskLocal static var path = ""

    let isRecursive = true

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "loopback-driver-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(at: directory) }
        try await Self.$path.withValue(directory.path(percentEncoded: false)) { try await function() }
    }
}

extension Trait where Self == ScratchDirectory {
    static var scratchDirectory: Self { Self() }
}
