internal import CLinux
internal import Glibc

/// The start of a process: in a session of its own, with the default signal handlers, and with only the given files
/// open, as any other open file would keep locks and pipes alive for as long as the process lives.
package struct ProcessStart {
    /// The arguments, of which the first is the program's name.
    package let arguments: [String]
    /// The environment variables, each as `NAME=value`.
    package let environment: [String]
    /// The files that become the process's descriptors 0, 1, 2 and so on.
    package let files: [Int32]
    /// The working directory; that of this process if `nil`.
    package let directory: String?

    package init(arguments: [String], environment: [String], files: [Int32], directory: String? = nil) {
        self.arguments = arguments
        self.environment = environment
        self.files = files
        self.directory = directory
    }

    /// Starts the program at `path`, and returns its process id. The caller has to wait for the process.
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
                // A forked process may still have a program open that has just been written, until it executes another.
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

/// A program could not be started.
package struct StartFailure: Error, CustomStringConvertible {
    /// The step that failed, as a sentence.
    let what: String
    /// The system's error number; `nil` if the system was not asked.
    let number: Int32?

    package var description: String {
        let advice: String? =
            switch number {
            case EAGAIN: "the limit on processes of this user or this system is reached"
            case EMFILE: "this process's limit on open files is reached"
            case ENOEXEC: "it is neither a program for this machine nor a script that begins with `#!`"
            case ENOENT: "the interpreter that it names does not exist"
            case ETXTBSY: "another process has it open for writing"
            default: nil
            }
        guard let number else { return what }
        return "\(what): \(String(cString: strerror(number)))" + (advice.map { " (\($0))" } ?? "")
    }
}

/// Calls `body` with the strings as a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
