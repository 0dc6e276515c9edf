internal import Glibc

/// Room on the file system of a database that is kept back for what frees room.
///
/// To remove a volume takes a few transactions, and those need blocks. A file beside the database holds some, which are
/// given up piece by piece when the file system is full, and taken again when there is room.
struct Reserve: Sendable {
    private let path: String
    private let directory: String

    /// In bytes. A removal takes less than 128 KiB of the log, which is emptied when the process ends.
    private static let size = 1 << 20
    /// What is given up at once, and what has to be free for a transaction, in bytes.
    private static let piece = 256 << 10

    /// - Parameter database: the path of the database, with no link in it.
    init(beside database: String) {
        path = database + ".reserve"
        directory = String(database[...(database.lastIndex(of: "/") ?? database.startIndex)])
    }

    /// Makes the reserve whole again, if there is room for it and as much again.
    ///
    /// - Returns: whether it is whole.
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

    /// Gives up as much as the next transaction needs, if the file system is full.
    func makeRoom() {
        guard let size, size > 0, let free, free < Self.piece else { return }
        truncate(path, off_t(max(0, size - Self.piece)))
    }

    /// `nil` when it can't be found out, or there is no reserve.
    private var size: Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// What this user may still write; `nil` when it can't be found out.
    private var free: Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
        )
    }
}
