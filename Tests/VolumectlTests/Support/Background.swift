import Foundation
import Programs
import SystemPackage
import TestKit
import Testing

/// A call of the program that runs beside the test, for signals.
struct Background {
    let arguments: [String]
    private let processID: pid_t
    private let files: (output: String, errors: String)
    private let end: Task<Int32?, Never>

    /// Starts the program.
    init(_ arguments: String..., with variables: [String: String] = [:]) throws {
        try self.init(arguments, with: variables)
    }

    /// Starts a program of the package.
    ///
    /// - Parameter wrapper: the path and the arguments of a program that executes it in its own process.
    init(
        _ arguments: [String],
        with variables: [String: String] = [:],
        program: String = "volumectl",
        under wrapper: [String] = []
    ) throws {
        self.arguments = arguments
        let base = ScratchDirectory.path + "/background-\(UUID())"
        files = (base + ".out", base + ".err")
        let streams = [
            try FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec),
            try Self.create(files.output), try Self.create(files.errors),
        ]
        defer { for stream in streams { try? stream.close() } }
        let path = try #require(BuiltProgram.path(of: program))
        let start = ProcessStart(
            arguments: wrapper.isEmpty ? [program] + arguments : wrapper + [path] + arguments,
            environment: try Command(arguments: arguments, variables: variables).environment
                .map { "\($0.key)=\($0.value)" },
            files: streams.map(\.rawValue),
            directory: try Scratch.work
        )
        let id = try start.execute(wrapper.first ?? path)
        processID = id
        end = Task {
            var status: Int32 = 0
            while waitpid(id, &status, WNOHANG) == 0 { try? await Task.sleep(for: .milliseconds(10)) }
            return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
        }
    }

    private static func create(_ path: String) throws -> FileDescriptor {
        try .open(
            FilePath(path),
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { kill(processID, signal) }

    /// Its standard error so far.
    var errors: String { get throws { Run.shortened(try String(contentsOfFile: files.errors, encoding: .utf8)) } }

    /// Returns when it has written `text` to standard error.
    func says(_ text: String) async throws { try await eventually { try errors.contains(text) } }

    /// Its exit status when it has ended; `nil` if a signal ended it.
    func status() async -> Int32? { await end.value }

    var output: String { get throws { Run.shortened(try String(contentsOfFile: files.output, encoding: .utf8)) } }
}

/// Returns when this number of flows have succeeded, and there are no others.
func everyFlowSucceeds(of count: Int, with variables: [String: String] = [:]) async throws {
    try await eventually {
        let flows: [FlowRecord] = try await volumectl(
            "flow",
            "ls",
            "-o",
            "json",
            "--limit",
            "\(count + 1)",
            with: variables
        )
        .json()
        return flows.count == count && flows.allSatisfy { $0.state == "success" }
    }
}
