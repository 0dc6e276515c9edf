internal import Foundation
internal import SystemPackage
internal import Volumes

/// Another process of this program, which goes on when this one ends, and which no terminal interrupts.
struct Worker {
    let processID: pid_t

    /// Starts `volumectl` with `arguments`.
    ///
    /// - Parameter errors: where its standard error goes; its other streams lead nowhere.
    static func start(_ arguments: [String], errors: FileDescriptor? = nil) throws(VolumeError) -> Worker {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for descriptor in STDIN_FILENO...STDERR_FILENO {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        if let errors { posix_spawn_file_actions_adddup2(&actions, errors.rawValue, STDERR_FILENO) }
        var interruptions = sigset_t()
        sigemptyset(&interruptions)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&interruptions, signal) }
        posix_spawnattr_setsigdefault(&attributes, &interruptions)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | newSession)

        let words = (["volumectl"] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var processID: pid_t = 0
        let failure = posix_spawn(&processID, program, &actions, &attributes, words + [nil], environ)
        guard failure == 0 else {
            throw VolumeError(
                .unexpected,
                "no process could be started to go on with the flow",
                cause: "\(Errno(rawValue: failure))",
                aftermath: "the next volumectl command takes it up",
                remedies: ["volumectl flow resume"]
            )
        }
        return Worker(processID: processID)
    }

    /// This very program, even if another has been put in its place since.
    private static let program = "/proc/self/exe"
    /// Glibc's POSIX_SPAWN_SETSID.
    private static let newSession: Int16 = 0x80
}
