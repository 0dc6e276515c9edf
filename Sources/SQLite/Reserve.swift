internal import Glibc

/// Space on the database's file system that is reserved for removals.
///
/// The removal of a volume takes a few transactions, which need blocks. A file beside the database reserves some; it is
/// truncated piece by piece when the file system is full, and filled again when there is space.
struct Reserve: Sendable {
    private let path: String
    private let directory: String

    /// The size of the reserve in bytes. A removal needs less than 128 KiB of the log, which is emptied when the
    /// process ends.
    private static let size = 1 << 20
    /// The bytes that are released at once, and that must be free for a transaction.
    private static let piece = 256 << 10

    /// - Parameter database: the path of the database, without symbolic links.
    init(beside database: String) {
        path = database + ".reserve"
        directory = String(database[...(database.lastIndex(of: "/") ?? database.startIndex)])
    }

    /// Fills the reserve, if twice its size is free.
    ///
    /// - Returns: whether the reserve is complete.
    @discardableResult
    func fill() -> Bool {
        if size == Self.size { return true }
        guard let free, free >= 2 * Self.size else { return false }
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        fchmod(file, 0o600)
        return posix_fallocate(file, 0, off_t(Self.size)) == 0
    }

    /// Releases as much as the next transaction needs, if the file system is full.
    func makeRoom() {
        guard let size, size > 0, let free, free < Self.piece else { return }
        truncate(path, off_t(max(0, size - Self.piece)))
    }

    /// The current size in bytes; `nil` if there is no reserve or it can't be found out.
    private var size: Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// The bytes that are free for this user; `nil` if it can't be found out.
    private var free: Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
        )
    }
}
