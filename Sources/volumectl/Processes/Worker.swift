internal import Foundation
internal import Programs
internal import SystemPackage
internal import VolumeAPI

/// Another process of this program, which outlives this one and is not interrupted by its terminal.
struct Worker {
    let processID: pid_t

    /// Whether the process has not ended yet.
    var isRunning: Bool { waitpid(processID, nil, WNOHANG) == 0 }

    /// Starts `volumectl` with `arguments`.
    ///
    /// - Parameter errors: receives its standard error; the other streams go to `/dev/null`.
    static func start(_ arguments: [String], errors: FileDescriptor? = nil) throws(VolumeError) -> Worker {
        do {
            let nowhere = try FileDescriptor.open("/dev/null", .readWrite, options: .closeOnExec)
            defer { try? nowhere.close() }
            let start = ProcessStart(
                arguments: ["volumectl"] + arguments,
                environment: ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" },
                files: [nowhere, nowhere, errors ?? nowhere].map(\.rawValue)
            )
            return Worker(processID: try start.execute(program))
        } catch {
            throw VolumeError(
                .unexpected,
                "cannot start a process to run the flow",
                cause: "\(error)",
                aftermath: "the next volumectl command continues it",
                remedies: [.command("flow resume")]
            )
        }
    }

    /// This very program, even if its file has been replaced since.
    private static let program = "/proc/self/exe"
}
