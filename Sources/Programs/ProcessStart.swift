internal import CLinux
internal import Glibc

/// How a process of another program begins: in a session of its own, with the signals as the system sets them, and with
/// nothing open but what it is given. What is left open would keep locks and pipes of others for as long as it lives.
package struct ProcessStart {
    /// The first is the name that the program is told.
    package let arguments: [String]
    /// Each as `NAME=value`.
    package let environment: [String]
    /// What it has open as 0, 1, 2 and so on.
    package let files: [Int32]
    /// Where it begins; `nil` for where this process is.
    package let directory: String?

    package init(arguments: [String], environment: [String], files: [Int32], directory: String? = nil) {
        self.arguments = arguments
        self.environment = environment
        self.files = files
        self.directory = directory
    }

    /// Starts the program at `path`, and returns the number of its process, which is this one's to wait for.
    package func execute(_ path: String) throws(StartFailure) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (number, file) in files.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, file, Int32(number))
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, Int32(files.count))
        if let directory { posix_spawn_file_actions_addchdir_np(&actions, directory) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            clinux_spawn_setsid | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        )
        var process: pid_t = 0
        let failure = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                var failure: Int32 = 0
                // Another process may have inherited a program that has just been written, until it executes its own.
                for _ in 1...100 {
                    failure = posix_spawn(&process, path, &actions, &attributes, arguments, environment)
                    guard failure == ETXTBSY else { break }
                    usleep(10_000)
                }
                return failure
            }
        }
        guard failure == 0 else { throw StartFailure(what: "it can't be started", number: failure) }
        return process
    }
}

/// Why a program could not be started.
package struct StartFailure: Error, CustomStringConvertible {
    /// What was not possible.
    let what: String
    /// The system's number for why.
    let number: Int32

    package var description: String {
        let advice: String? =
            switch number {
            case EAGAIN: "there are as many processes as this user or this system may have"
            case EMFILE: "this process has as many files open as it may have"
            case ENOEXEC: "it is neither a program for this machine nor a script that begins with `#!`"
            case ENOENT: "the interpreter that it names is not there"
            case ETXTBSY: "somebody has it open for writing"
            default: nil
            }
        return "\(what): \(String(cString: strerror(number)))" + (advice.map { " (\($0))" } ?? "")
    }
}

/// Calls `body` with the strings as C has them, and nothing behind them.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
