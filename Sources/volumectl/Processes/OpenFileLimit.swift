internal import Foundation
internal import VolumeAPI

/// How many files a process may have open at once.
enum OpenFileLimit {
    /// As many as a command opens at the most, with room to spare for several pools.
    private static let needed = 32

    /// Refuses to begin with fewer descriptors than a command needs: the language's own libraries end the process where
    /// they get none.
    static func check() throws(VolumeError) {
        raise()
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < needed {
            let descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
            guard descriptor >= 0 else {
                throw VolumeError(
                    .notPermitted,
                    "volumectl needs \(needed) more open files than this process may have",
                    cause: String(cString: strerror(errno)),
                    remedies: [
                        .advice("ulimit -n 256"),
                        .advice("raise the limit of open files (RLIMIT_NOFILE) of whatever starts volumectl"),
                    ]
                )
            }
            opened.append(descriptor)
        }
    }

    /// Raises the limit as far as this process may by itself, if it is low.
    private static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < 256 else { return }
        limit.rlim_cur = min(limit.rlim_max, 256)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
