import FoundationEssentials
import Subprocess
import SystemPackage
import TaskFlow

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

// Helpers of several examples.

extension Engine {
    /// The values of the run, by their symbols.
    nonisolated var values: String {
        fetchAll().sorted { $0.key < $1.key }
            .map { symbol, values in "\(symbol) = " + values.map { "\($0)" }.joined(separator: " or ") }
            .joined(separator: ", ")
    }
}

/// A barrier: everyone who arrives waits until all have arrived.
actor Rendezvous {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(of count: Int) { missing = count }

    func arrive() async {
        missing -= 1
        guard missing == 0 else { return await withCheckedContinuation { waiting.append($0) } }
        for continuation in waiting { continuation.resume() }
    }
}

/// Runs `body` with the path of a new directory, and removes the directory afterwards.
func withDirectory(_ body: (_ path: String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "example-gallery-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.path)
}

/// Runs this program again in a process of its own, and prints what it prints.
func runInChild(_ arguments: String...) async throws {
    let child = try await Subprocess.run(
        .path("/proc/self/exe"),
        arguments: Arguments(arguments),
        output: .string(limit: 1 << 16),
        error: .currentStandardError
    )
    print(child.standardOutput, terminator: "")
}

/// The arguments of a child process after the name of its example.
var childArguments: [String] { Array(CommandLine.arguments.dropFirst(2)) }

/// Ends the process at once, as a power cut would, but flushes its output.
func endProcess(_ code: Int32 = 1) -> Never { exit(code) }
