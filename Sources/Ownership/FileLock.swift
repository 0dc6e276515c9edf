internal import Glibc

/// A lock on a span of bytes, held by an open file and not by a process: another part of the process that opens and closes
/// the same file doesn't drop it, and whoever inherits the open file holds it, too.
struct FileLock {
    /// What others have locked of a span.
    enum State {
        case free
        /// A span of theirs, of several any.
        case locked(FileLock)
        case unknown
    }

    let start: Int64
    let length: Int64

    /// - Parameter length: 0 for all bytes from `start` on.
    init(from start: Int64, length: Int64 = 1) {
        self.start = start
        self.length = length
    }

    /// Waits until the span can be locked.
    ///
    /// - Parameter type: `F_RDLCK`, of which there may be many, `F_WRLCK` or `F_UNLCK`.
    func set(_ type: Int32, in file: Int32) throws(FileLockError) {
        var lock = request(type)
        while fcntl(file, Self.setLockAndWait, &lock) != 0 {
            guard errno == EINTR else { throw FileLockError(number: errno) }
        }
    }

    /// Locks the span for writing if that can be done at once, and returns whether it was.
    func setAtOnce(in file: Int32) -> Bool {
        var lock = request(F_WRLCK)
        return fcntl(file, Self.setLock, &lock) == 0
    }

    /// What other open files have locked of the span.
    func state(in file: Int32) -> State {
        var lock = request(F_WRLCK)
        guard fcntl(file, Self.getLock, &lock) == 0 else { return .unknown }
        return lock.l_type == Int16(F_UNLCK)
            ? .free : .locked(FileLock(from: Int64(lock.l_start), length: Int64(lock.l_len)))
    }

    /// Whether no other open file has locked anything of the span. Never true where it can't be found out.
    func isFree(in file: LockFile) -> Bool {
        guard case .free = state(in: file.descriptor) else { return false }
        return true
    }

    private func request(_ type: Int32) -> flock {
        flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: off_t(start), l_len: off_t(length), l_pid: 0)
    }

    // Linux F_OFD_GETLK, F_OFD_SETLK and F_OFD_SETLKW, which Glibc's module leaves out.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37
    private static let setLockAndWait: Int32 = 38
}

/// The system's number for why a lock can't be had.
struct FileLockError: Error {
    let number: Int32
}
