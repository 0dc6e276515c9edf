internal import Foundation
internal import Subprocess
internal import SystemPackage

/// A time of day that programs see instead of the machine's.
package struct ShiftedClock: Sendable {
    /// The variables of programs that see it.
    package let variables: [String]
    private let file: String

    /// Whether there is a compiler for the library that it needs.
    package static let isPossible = ["/usr/bin/cc", "/usr/local/bin/cc"]
        .contains(where: FileManager.default.isExecutableFile)

    /// - Parameter name: tells it from other clocks of the test.
    package init(_ name: String = "shifted") async throws {
        let library = ScratchDirectory.path + "/\(name)-clock.so"
        file = ScratchDirectory.path + "/\(name)-clock"
        try Data(count: 8).write(to: URL(filePath: file))
        variables = ["TEST_CLOCK=\(file)", "LD_PRELOAD=\(library)"]
        let result = try await Subprocess.run(
            .name("cc"),
            arguments: ["-shared", "-fPIC", "-O1", "-o", library, TestHosts.path(of: "hosts/clock.c")],
            output: .discarded,
            error: .string(limit: 1 << 16)
        )
        guard result.terminationStatus == .exited(0) else { throw Failure(description: result.standardError) }
    }

    /// Lets the programs see a time that differs by so many seconds, from now on.
    package func shift(by seconds: Int64) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: file))
        try withUnsafeBytes(of: seconds) { try handle.write(contentsOf: Data($0)) }
        try handle.close()
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
