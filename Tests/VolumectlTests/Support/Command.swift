import Foundation
import Subprocess
import SystemPackage
import TestKit
import Testing

/// How the program is called.
struct Command: Sendable {
    var arguments: [String]
    /// The variables besides the directories of the test.
    var variables: [String: String] = [:]
    /// A program that runs it, with the arguments of that program.
    var wrapper: [String] = []
    /// The user of the process; `nil` for the tests' own user.
    var user: UInt32?

    /// The program, which is built beside the tests.
    static let program = BuiltProgram.path(of: "volumectl")

    private static let slots = Slots(16)

    /// Without the machine's own variables.
    var environment: [String: String] {
        get throws {
            let scratch = ScratchDirectory.path
            var clean = [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": scratch + "/home",
                "XDG_CONFIG_HOME": scratch + "/xdg-config", "XDG_STATE_HOME": scratch + "/xdg-state",
                "XDG_RUNTIME_DIR": scratch + "/xdg-run", "VOLUMECTL_CONFIG": try Scratch.configuration,
                "VOLUMECTL_STATE_DIRECTORY": Scratch.state,
            ]
            if let server = TestDatabase.server {
                // Other users may not open the server's socket.
                let address =
                    user == nil ? server : ProcessInfo.processInfo.environment["VOLUMECTL_TEST_POSTGRESQL_TCP"]
                // As with files, another state directory has another database.
                let state = variables["VOLUMECTL_STATE_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 } ?? Scratch.state
                clean["VOLUMECTL_DB"] = try TestDatabase.uri(state + "/volumectl.db", on: #require(address))
            }
            return clean.merging(variables) { $1 }
        }
    }

    fileprivate func configuration() throws -> Configuration {
        var program = try #require(Self.program)
        var caller = wrapper
        if let user {
            // The other user may have no access to the build directory.
            let copy = ScratchDirectory.path + "/volumectl"
            if !Scratch.exists(copy) { try FileManager.default.copyItem(atPath: program, toPath: copy) }
            program = copy
            // Process options are not used, because setgroups between fork and exec may wait for a thread that does not exist.
            caller += ["setpriv", "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"]
        }
        let words = caller + [program] + arguments
        let variables = try environment.map { (Environment.Key(rawValue: $0.key), $0.value) }
        return Configuration(
            executable: words[0].hasPrefix("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: variables.compactMap { key, value in key.map { ($0, value) } })
            ),
            workingDirectory: FilePath(try Scratch.work)
        )
    }

    /// Runs it to its end, for ten minutes at most.
    func run<Input: InputProtocol>(input: Input = .none) async throws -> Run {
        try await limited { [configuration = try configuration(), arguments] in
            let result = try await Subprocess.run(
                configuration,
                input: input,
                output: .string(limit: 1 << 23),
                error: .string(limit: 1 << 20)
            )
            return Run(arguments, result.terminationStatus, result.standardOutput, result.standardError)
        }
    }

    /// Runs it to its end with results that go to `output`.
    func run(output: FileDescriptor) async throws -> Run {
        try await limited { [configuration = try configuration(), arguments] in
            let result = try await Subprocess.run(
                configuration,
                output: .fileDescriptor(output, closeAfterSpawningProcess: false),
                error: .string(limit: 1 << 20)
            )
            return Run(arguments, result.terminationStatus, "", result.standardError)
        }
    }

    private func limited(_ body: @escaping @Sendable () async throws -> Run) async throws -> Run {
        let run = try await Self.slots.use {
            try await withThrowingTaskGroup(of: Run?.self) { group in
                group.addTask { try await body() }
                group.addTask {
                    try await Task.sleep(for: .seconds(600))
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
        return try #require(run, "\(arguments) takes longer than ten minutes")
    }
}

/// Calls the program.
@discardableResult
func volumectl(
    _ arguments: String...,
    with variables: [String: String] = [:],
    under wrapper: [String] = []
) async throws -> Run {
    try await volumectl(arguments, with: variables, under: wrapper)
}

/// Calls the program.
@discardableResult
func volumectl(
    _ arguments: [String],
    with variables: [String: String] = [:],
    under wrapper: [String] = []
) async throws -> Run {
    try await Command(arguments: arguments, variables: variables, wrapper: wrapper).run()
}
