internal import Foundation
internal import Subprocess
internal import SystemPackage
package import Testing

/// The hosts that `Scripts/hosts/with` has made.
package enum TestHosts {
    private static let environment = ProcessInfo.processInfo.environment

    package static let names = environment["VOLUMECTL_TEST_HOSTS", default: ""].split(separator: " ").map(String.init)

    package static let skipReason = Comment(
        rawValue: environment["VOLUMECTL_TEST_HOSTS_MISSING"] ?? "no hosts: Scripts/hosts/with makes some"
    )

    /// The command in front of a program that runs it on a host, in the same process.
    package static func command(on host: String) -> [String] { [path(of: "hosts/exec"), host] }

    /// Runs a script about hosts, such as `cut`.
    package static func run(_ script: String, _ arguments: String...) async throws {
        try await call("hosts/" + script, arguments)
    }

    /// Runs a script of `Scripts`, which has to succeed.
    package static func call(_ script: String, _ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .path(FilePath(path(of: script))),
            arguments: Arguments(arguments),
            output: .discarded,
            error: .string(limit: 1 << 16)
        )
        #expect(result.terminationStatus == .exited(0), "\(script) \(arguments): \(result.standardError)")
    }

    /// The path of a file in `Scripts`.
    package static func path(of script: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Scripts/\(script)").standardized
            .path
    }
}
