import Foundation
import Subprocess
import SystemPackage
import Testing

/// The hosts that `Scripts/hosts/with` has made.
enum TestHosts {
    private static let environment = ProcessInfo.processInfo.environment

    static let names = environment["VOLUMECTL_TEST_HOSTS", default: ""].split(separator: " ").map(String.init)

    static let skipReason = Comment(
        rawValue: environment["VOLUMECTL_TEST_HOSTS_MISSING"] ?? "no hosts: Scripts/hosts/with makes some"
    )

    /// The command in front of a program that runs it on a host.
    static func command(on host: String) -> [String] { [path(of: "exec"), host] }

    /// Runs a script with a host, such as `cut`.
    static func run(_ script: String, _ host: String) async throws {
        let result = try await Subprocess.run(
            .path(FilePath(path(of: script))),
            arguments: [host],
            output: .discarded,
            error: .string(limit: 1 << 16)
        )
        #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
    }

    private static func path(of script: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Scripts/hosts/\(script)").path
    }
}
