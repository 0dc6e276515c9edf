import Foundation
import Testing

/// Gives each test a directory of its own that is removed afterwards.
struct ScratchDirectory: TestTrait, SuiteTrait, TestScoping {
    @TaskLocal static var path = ""

    let isRecursive = true

    /// Where a test's database is.
    static var database: String { path + "/volumes.db" }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "sql-store-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await Self.$path.withValue(directory.path(percentEncoded: false)) { try await function() }
    }
}

extension Trait where Self == ScratchDirectory {
    static var scratchDirectory: Self { Self() }
}
