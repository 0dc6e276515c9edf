import Foundation
import Subprocess
import SystemPackage
import TestKit
import Testing

/// A process that dies on demand.
enum Child {
    /// The end of the process.
    enum End: Equatable {
        case died
        /// It ended by itself and printed this.
        case survived(String)
    }

    static func run(_ directory: String, _ action: String, _ options: [String] = []) async throws -> End {
        try await run("crash-child", [directory, action] + options, on: directory + "/volumes.db")
    }

    /// - Parameter database: the path of the process's database.
    static func run(_ program: String, _ arguments: [String], on database: String) async throws -> End {
        let result = try await Subprocess.run(
            .path(FilePath(BuiltProgram.path(of: program) ?? program)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(
                Dictionary(
                    uniqueKeysWithValues: try TestDatabase.variables(of: database)
                        .compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } }
                )
            ),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        switch result.terminationStatus {
        case .signaled(SIGKILL):
            return .died
        case .exited(0):
            return .survived(result.standardOutput)
        default:
            Issue.record("\(result.terminationStatus): \(result.standardError)")
            return .survived("")
        }
    }
}
