import Foundation
import Glibc
import Subprocess
import Testing

/// The abilities of this machine.
enum Machine {
    static let isRoot = geteuid() == 0

    /// Whether there is a configuration that a test without one would read.
    static let isConfigured = FileManager.default.fileExists(atPath: "/etc/volumectl")

    static func has(_ tool: String) -> Bool {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            .contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
            }
    }

    /// Whether files can be limited in size from outside.
    static let canLimitFiles = has("prlimit")

    /// Whether a process can be killed at a system call of its choice.
    static func canTrace() async -> Bool { await succeeds("strace", "-f", "-o", "/dev/null", "/bin/true") }

    /// Whether files can be created in a directory but not removed: as root, on most file systems.
    static func canForbidRemoval() async -> Bool {
        let probe = FileManager.default.temporaryDirectory.path + "/volumectl-probe-\(UUID())"
        guard mkdir(probe, 0o700) == 0 else { return false }
        defer { rmdir(probe) }
        guard await succeeds("chattr", "+a", probe) else { return false }
        return await succeeds("chattr", "-a", probe)
    }

    /// Whether a tool is installed and works.
    static func succeeds(_ tool: String, _ arguments: String...) async -> Bool {
        let result = try? await Subprocess.run(.name(tool), arguments: Arguments(arguments), output: .discarded)
        return result?.terminationStatus.isSuccess ?? false
    }
}

/// Runs `body` while files can be created in `directory` but not removed.
func forbiddingRemoval(from directory: String, _ body: () async throws -> Void) async throws {
    try #require(await Machine.succeeds("chattr", "+a", directory))
    let result: Result<Void, any Error>
    do {
        result = .success(try await body())
    } catch {
        result = .failure(error)
    }
    #expect(await Machine.succeeds("chattr", "-a", directory))
    try result.get()
}
