import Foundation
import Programs
import VolumeDriver

/// The commands with which a person would do what a driver does, with the same guarantee of durability.
protocol ByHand {
    var shell: Shell { get }

    func create(_ volume: String) -> [[String]]
    func delete(_ volume: String) -> [[String]]
    func snapshot(_ snapshot: String, of volume: String) -> [[String]]
    func deleteSnapshot(_ snapshot: String, of volume: String) -> [[String]]
    func clone(_ source: String, as volume: String) -> [[String]]
    func write(_ image: VolumeImage, into volume: String) -> [[String]]
    func read(_ volume: String, to image: VolumeImage) -> [[String]]
}

/// Runs command lines as a shell would, one process after another, without reading their output.
struct Shell {
    let directory: String
    var environment: [String: String] = [:]

    /// Executes the lines; each has to succeed.
    func run(_ lines: [[String]]) throws {
        let files = FileManager.default
        let before = files.currentDirectoryPath
        guard files.changeCurrentDirectoryPath(directory) else {
            throw Failure(line: ["cd", directory], status: ENOENT)
        }
        defer { _ = files.changeCurrentDirectoryPath(before) }
        for line in lines {
            let status = try spawn(line)
            guard status == 0 else { throw Failure(line: line, status: status) }
        }
    }

    /// The command lines as text.
    static func text(_ lines: [[String]]) -> String {
        lines.map { "`\($0.joined(separator: " "))`" }.joined(separator: ", ")
    }

    struct Failure: Error, CustomStringConvertible {
        let line: [String]
        let status: Int32

        var description: String { "\(Shell.text([line])) failed: \(status)" }
    }

    private func spawn(_ line: [String]) throws -> Int32 {
        guard let program = line.first, let path = ProgramPath.find(program) else {
            throw Failure(line: line, status: ENOENT)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        let fixed = ["PATH": ProgramPath.directories.joined(separator: ":"), "LC_ALL": "C"]
        let settings = environment.merging(fixed) { $1 }.map { "\($0)=\($1)" }
        var (arguments, variables) = (line.map { strdup($0) } + [nil], settings.map { strdup($0) } + [nil])
        defer { for pointer in arguments + variables { free(pointer) } }
        var (pid, status) = (pid_t(), Int32())
        let error = posix_spawn(&pid, path, &actions, nil, &arguments, &variables)
        guard error == 0 else { throw Failure(line: line, status: error) }
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
