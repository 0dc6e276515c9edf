import Foundation
import Identity
import Programs
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
    static func tool(_ words: String...) async throws -> String {
        try await run(words[0], Array(words.dropFirst()))
    }

    /// Executes a program that is told of the cluster by its environment. Returns what it writes.
    @discardableResult
    static func run(_ program: String, _ arguments: [String]) async throws -> String {
        let ended = try await result(program, arguments)
        guard ended.status == .exited(0) else {
            let call = ([program] + arguments).joined(separator: " ")
            throw ToolFailure(call: call, status: ended.status, messages: ended.messages)
        }
        return ended.output
    }

    /// Executes a program that is told of the cluster by its environment, whatever its status is.
    static func result(_ program: String, _ arguments: [String]) async throws -> ProgramResult {
        let environment = ["CEPH_CONF": try #require(configuration)]
        return try await SystemPrograms().run(ProgramCall(program, arguments, environment: environment))
    }

    struct ToolFailure: Error {
        let call: String
        let status: ProgramResult.Status
        let messages: String
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where `make test-ceph` has started a cluster.
    static var needsCluster: Self {
        .enabled(if: Cluster.configuration != nil, "run `make test-ceph`, which starts a cluster")
    }
}
