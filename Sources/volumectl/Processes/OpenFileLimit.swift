internal import Foundation
internal import VolumeAPI

/// A check that this process can open enough files.
enum OpenFileLimit {
    /// More than any command opens, with several pools.
    private static let needed = 32

    /// Refuses to start with fewer descriptors than a command needs, because Swift's libraries trap when they get none.
    static func check() throws(VolumeError) {
        raise()
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < needed {
            let descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
            guard descriptor >= 0 else {
                throw VolumeError(
                    .notPermitted,
                    "volumectl can't open the \(needed) files that it needs",
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

    /// Raises a low limit as far as this process is allowed to.
    private static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < 256 else { return }
        limit.rlim_cur = min(limit.rlim_max, 256)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
