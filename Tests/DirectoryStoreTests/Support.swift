import DirectoryStore
import Foundation
import Identity
import Subprocess
import SystemPackage
import TaskFlow
import TestKit

enum Child {
    /// Runs an action on `directory` in a child process that is killed before a step; `false` if the child ended
    /// before.
    static func isKilled(in directory: String, _ action: String, at step: Int) async throws -> Bool {
        let result = try await run(
            .path(executable),
            arguments: [directory, action, "\(step)"],
            output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16)
        )
        switch result.terminationStatus {
        case .signaled(SIGKILL): return true
        case .exited(0): return false
        default: throw Failed(description: "\(result.terminationStatus): \(result.standardError)")
        }
    }

    struct Failed: Error {
        let description: String
    }

    /// The executable is built with the tests.
    static let executable = FilePath(BuiltProgram.path(of: "directory-child") ?? "")
}

/// The task of the child's flow, as another program declares it.
struct Nap: FlowTask {
    static let name = "nap"
    func execute(_ input: Nothing) async throws -> Nothing { input }
}

func childFlow() throws -> Flow<Nothing> {
    try Flow("child") {
        Step(Nap(), named: "a")
        Step(Nap(), named: "b")
    }
}

/// A run that has not started.
func detail(_ id: FlowID = .random(), subject: String = "") -> FlowDetail {
    FlowDetail(
        id: id,
        name: "flow",
        version: 1,
        subject: subject,
        request: "{}",
        state: .running,
        createdAt: Date(timeIntervalSince1970: 0),
        updatedAt: Date(timeIntervalSince1970: 0)
    )
}

extension ScratchDirectory {
    static var store: String { path + "/store" }

    static func file(of flow: FlowID) -> String { "\(store)/flows/\(flow).json" }

    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    static func text(of path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
}
