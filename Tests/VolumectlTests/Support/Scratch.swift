import Foundation
import TestKit

/// The content of the test's directory.
enum Scratch {
    /// The program's working directory.
    static var work: String { get throws { try directory("work") } }
    /// An empty configuration.
    static var configuration: String {
        get throws {
            let path = ScratchDirectory.path + "/empty.yaml"
            if !exists(path) { try Data().write(to: URL(filePath: path)) }
            return path
        }
    }
    /// The service's state directory, which the service has to create.
    static var state: String { ScratchDirectory.path + "/state" }
    /// The service's own pool.
    static var pool: String { state + "/pools/default" }
    /// The service's database.
    static var database: String { state + "/volumectl.db" }

    /// The path with which the names of the files begin that the service keeps beside its database.
    static var localFiles: String { TestDatabase.server == nil ? database : state + "/postgresql" }

    /// Writes a file and returns its path.
    @discardableResult
    static func write(_ text: String, to name: String = "config.yaml") throws -> String {
        let url = URL(filePath: ScratchDirectory.path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path(percentEncoded: false)
    }

    /// Creates a directory, unless it exists, and returns its path.
    static func directory(_ name: String) throws -> String {
        let path = ScratchDirectory.path + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
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
