import Foundation
import Identity
import RBDDriver
import TestKit
import Testing
import VolumeDriver

/// The cluster that `Scripts/ceph/with` has started for these tests. No other is ever touched.
enum Cluster {
    static let configuration = ProcessInfo.processInfo.environment["VOLUMECTL_TEST_CEPH_CONF"]

    static var access: CephAccess {
        get throws {
            try CephAccess(pool: "volumes", user: "volumes", configuration: try #require(configuration))
        }
    }

    /// An instance of the driver, as another process would have one.
    static func driver(as user: String = "volumes", pool: String = "volumes") throws -> RBDDriver {
        let access = try CephAccess(pool: pool, user: user, configuration: try #require(configuration))
        return RBDDriver(access, directory: exports)
    }

    /// Short, as the path of a socket has to be.
    static var exports: String { ScratchDirectory.path + "/x" }

    /// Executes a tool of Ceph's as its administrator, past the driver. Returns what it writes.
    @discardableResult
    static func tool(_ words: String...) throws -> String { try run(words[0], Array(words.dropFirst())) }

    /// Executes a program that is told of the cluster by its environment.
    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "CEPH_CONF": try #require(configuration)]
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolFailure(call: ([program] + arguments).joined(separator: " "), status: process.terminationStatus)
        }
        return String(decoding: data, as: UTF8.self)
    }

    struct ToolFailure: Error {
        let call: String
        let status: Int32
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where `make test-ceph` has started a cluster.
    static var needsCluster: Self {
        .enabled(if: Cluster.configuration != nil, "run `make test-ceph`, which starts a cluster")
    }
}
