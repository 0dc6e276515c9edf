import Identity
import Programs
import VolumeDriver

/// LVM's tools for one volume group.
struct LVMTools: Sendable {
    /// The time limit of a command that only writes metadata. It waits for other commands on the group.
    static let timeLimit = Duration.seconds(120)

    let group: String
    /// The group's mark, which every call requires; `nil` for an unbound driver.
    var pool: PoolID?
    let programs: any ProgramRunner
    private let environment: [String: String]
    let pause: Duration

    /// - Parameter pause: the pause before a command is repeated.
    init(group: String, systemDirectory: String?, programs: any ProgramRunner, pause: Duration) {
        self.group = group
        self.programs = programs
        self.pause = pause
        var environment = ["LVM_SUPPRESS_FD_WARNINGS": "1"]
        environment["LVM_SYSTEM_DIR"] = systemDirectory
        self.environment = environment
    }

    /// `GROUP/NAME`, the form for LVM's commands.
    func path(_ name: String) -> String { "\(group)/\(name)" }

    /// The path of a logical volume's device while it is active.
    func device(_ name: String, _ layer: String = "") -> String {
        let parts = [group, name].map { $0.replacing("-", with: "--") }
        return "/dev/mapper/\(parts.joined(separator: "-"))\(layer)"
    }

    /// Executes a command that may fail for a reason that the caller determines.
    ///
    /// - Parameter action: the action, for an error: `create volume '…'`.
    func attempt(
        _ action: String,
        _ program: String,
        _ arguments: [String],
        timeLimit: Duration = timeLimit
    ) async throws(DriverError) -> Attempt {
        let call = ProgramCall(
            program,
            arguments,
            environment: environment,
            timeLimit: timeLimit,
            outputLimit: 64 << 20  // Some 300 bytes a logical volume.
        )
        do throws(ProgramError) {
            var result = try await programs.run(call)
            var repetitions = 3
            while result.isCrash, repetitions > 0 {
                repetitions -= 1
                try? await Task.sleep(for: pause)
                result = try await programs.run(call)
            }
            return Attempt(call: call, result: result)
        } catch {
            throw DriverError(
                error,
                "cannot \(action)",
                package: error.call.program == "udevadm" ? "udev" : "lvm2",
                leftBehind: error.code == .timedOut ? "see `lvs \(group)`" : nil
            )
        }
    }

    /// Executes a command that has to succeed.
    @discardableResult
    func run(
        _ action: String,
        _ program: String,
        _ arguments: [String],
        timeLimit: Duration = timeLimit
    ) async throws(DriverError) -> ProgramResult {
        let attempt = try await attempt(action, program, arguments, timeLimit: timeLimit)
        guard attempt.isSuccess else { throw attempt.error(.broken, "cannot \(action)") }
        return attempt.result
    }
}

/// A command that has ended.
struct Attempt: Sendable {
    let call: ProgramCall
    let result: ProgramResult

    var isSuccess: Bool { result.isSuccess }

    /// Makes an error from the output of the command.
    func error(_ code: DriverError.Code, _ message: String, remedy: String? = nil) -> DriverError {
        DriverError(code, message, call, result, remedy: remedy)
    }
}

extension ProgramResult {
    /// Whether the command crashed with a segmentation fault, as LVM's tools sometimes do; shells report 139.
    fileprivate var isCrash: Bool { status == .exited(139) || status == .signalled(11) }
}
