import Foundation
import TestKit
import Testing

/// A call of the program that runs beside the test, for signals.
struct Background {
    let arguments: [String]
    private let process = Process()
    private let files: (output: String, errors: String)
    private let end: Task<Int32?, Never>

    /// Starts the program.
    init(_ arguments: String..., with variables: [String: String] = [:]) throws {
        try self.init(arguments, with: variables)
    }

    /// Starts the program.
    init(_ arguments: [String], with variables: [String: String] = [:]) throws {
        self.arguments = arguments
        let base = ScratchDirectory.path + "/background-\(UUID())"
        files = (base + ".out", base + ".err")
        for path in [files.output, files.errors] { try Data().write(to: URL(filePath: path)) }
        process.executableURL = URL(filePath: try #require(Command.program))
        process.arguments = arguments
        process.environment = try Command(arguments: arguments, variables: variables).environment
        process.currentDirectoryURL = URL(filePath: try Scratch.work)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: files.output))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: files.errors))
        let (exits, continuation) = AsyncStream<Int32?>.makeStream()
        process.terminationHandler = { process in
            continuation.yield(process.terminationReason == .exit ? process.terminationStatus : nil)
            continuation.finish()
        }
        try process.run()
        end = Task {
            for await status in exits { return status }
            return nil
        }
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Its standard error so far.
    var errors: String { get throws { try String(contentsOfFile: files.errors, encoding: .utf8) } }

    /// Returns when it has written `text` to standard error.
    func says(_ text: String) async throws { try await eventually { try errors.contains(text) } }

    /// Its exit status when it has ended; `nil` if a signal ended it.
    func status() async -> Int32? { await end.value }

    var output: String { get throws { try String(contentsOfFile: files.output, encoding: .utf8) } }
}

/// Returns when this number of flows have succeeded, and there are no others.
func everyFlowSucceeds(of count: Int) async throws {
    try await eventually {
        let flows: [FlowRecord] = try await volumectl("flow", "ls", "-o", "json", "--limit", "\(count + 1)").json()
        return flows.count == count && flows.allSatisfy { $0.state == "success" }
    }
}
