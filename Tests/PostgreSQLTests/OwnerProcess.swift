import Foundation
import Subprocess
import SystemPackage
import TestKit
import Testing

/// Processes that hold flows, and what they have noted; see `owner-child`.
struct OwnerProcess {
    /// A line of the notes.
    struct Line: Equatable {
        let what: String
        let process: pid_t
        /// The nanoseconds since boot.
        let time: Int64
    }

    /// The URI of the database.
    let server: String
    /// The command in front of the program, such as one that runs it on another host.
    var prefix: [String] = []

    private static var path: String { ScratchDirectory.path + "/notes" }

    /// Runs the program, and returns what it has printed; `nil` if it was killed.
    func run(_ options: String...) async throws -> String? {
        let program = try #require(BuiltProgram.path(of: "owner-child"))
        let command = prefix + [program, server, Self.path] + options
        let result = try await Subprocess.run(
            command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0]),
            arguments: Arguments(Array(command.dropFirst())),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        switch result.terminationStatus {
        case .signaled(SIGKILL):
            return nil
        case .exited(0):
            return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        default:
            Issue.record("\(result.terminationStatus): \(result.standardError)")
            return ""
        }
    }

    /// All lines so far, oldest first.
    static var notes: [Line] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n")
            .compactMap { line in
                let words = line.split(separator: " ")
                guard words.count == 3, let process = pid_t(words[1]), let time = Int64(words[2]) else { return nil }
                return Line(what: String(words[0]), process: process, time: time)
            }
    }

    /// Waits for the first line that says `what`.
    @discardableResult
    static func wait(for what: String) async throws -> Line {
        while true {
            if let line = notes.first(where: { $0.what == what }) { return line }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Lets the process that waits at a call go on.
    static func letGoOn() throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("continue 0 0\n".utf8))
        try file.close()
    }

    /// Waits until a process is stopped.
    static func waitUntilStopped(_ process: pid_t) async throws {
        while try !String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8).contains("State:\tT") {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Checks that `former` has begun no call since another process has claimed its flow, and that all calls were made.
    static func expectOneOwner(after former: pid_t, calls: Int, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let lines = notes
        let claim = try #require(lines.first { $0.what == "claimed" }, sourceLocation: sourceLocation)
        let begun = lines.filter { $0.process == former && $0.what.hasPrefix("begin") }
        #expect(begun.allSatisfy { $0.time < claim.time }, sourceLocation: sourceLocation)
        let made = Set(lines.map(\.what))
        #expect((1...calls).allSatisfy { made.contains("end-\($0)") }, sourceLocation: sourceLocation)
    }
}
