internal import Foundation
internal import Programs
internal import SystemPackage
internal import VolumeAPI

/// Another process of this program, which goes on when this one ends, and which no terminal interrupts.
struct Worker {
    let processID: pid_t

    /// Whether it has not ended yet.
    var isRunning: Bool { waitpid(processID, nil, WNOHANG) == 0 }

    /// Starts `volumectl` with `arguments`.
    ///
    /// - Parameter errors: where its standard error goes; its other streams lead nowhere.
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
                "no process could be started to go on with the flow",
                cause: "\(error)",
                aftermath: "the next volumectl command takes it up",
                remedies: [.command("flow resume")]
            )
        }
    }

    /// This very program, even if another has been put in its place since.
    private static let program = "/proc/self/exe"
}
