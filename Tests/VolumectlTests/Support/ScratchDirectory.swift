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
            .appending(path: "volumectl-tests-\(UUID().uuidString)")
        // Another user than the tests' may have to pass through it.
        for (path, mode) in [(directory, 0o755), (directory.appending(path: "work"), 0o755)] {
            try FileManager.default.createDirectory(
                at: path,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: mode]
            )
        }
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data().write(to: directory.appending(path: "empty.yaml"))
        try await Self.$path.withValue(directory.path(percentEncoded: false)) { try await function() }
    }
}

extension Trait where Self == ScratchDirectory {
    static var scratchDirectory: Self { Self() }
}

/// What is in the test's directory.
enum Scratch {
    /// The service's state directory, which the service has to make.
    static var state: String { ScratchDirectory.path + "/state" }
    /// The service's own pool.
    static var pool: String { state + "/pools/default" }
    /// The service's database.
    static var database: String { state + "/volumectl.db" }

    /// Writes a file and gives its path.
    @discardableResult
    static func write(_ text: String, to name: String = "config.yaml") throws -> String {
        let url = URL(filePath: ScratchDirectory.path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path(percentEncoded: false)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The files of volumes in a pool; none when there is no pool.
    static func volumeFiles(in pool: String = pool) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: pool)) ?? []).filter { $0.hasPrefix("volume-") }.sorted()
    }

    static func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    static func size(of path: String) throws -> Int64? {
        (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value
    }
}
