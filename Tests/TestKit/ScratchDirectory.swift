internal import Foundation
package import Testing

/// Gives each test a directory of its own that is removed afterwards.
package struct ScratchDirectory: TestTrait, SuiteTrait, TestScoping {
    /// The directory of the running test.
    @TaskLocal package static var path = ""

    /// The path of the test's database.
    package static var database: String { path + "/volumes.db" }

    private static let slots = Slots(12)

    package let isRecursive = true

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "volumectl-test-\(UUID().uuidString)")
        // Other users may have to pass through the directory.
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755]
        )
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.path(percentEncoded: false)
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await Self.$path.withValue(path) {
                    guard TestDatabase.server != nil else { return try await function() }
                    // A server has a limited number of connections.
                    try await Self.slots.use { try await function() }
                }
            )
        } catch {
            result = .failure(error)
        }
        await TestDatabase.remove(path)
        try result.get()
    }
}

extension Trait where Self == ScratchDirectory {
    /// Gives each test a directory of its own that is removed afterwards.
    package static var scratchDirectory: Self { Self() }
}
