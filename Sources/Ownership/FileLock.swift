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

    init(from start: Int64, length: Int64) {
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

    /// What other open files have locked of the span.
    func state(in file: Int32) -> State {
        var lock = request(F_WRLCK)
        guard fcntl(file, Self.getLock, &lock) == 0 else { return .unknown }
        return lock.l_type == Int16(F_UNLCK)
            ? .free : .locked(FileLock(from: Int64(lock.l_start), length: Int64(lock.l_len)))
    }

    private func request(_ type: Int32) -> flock {
        flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: off_t(start), l_len: off_t(length), l_pid: 0)
    }

    // Linux F_OFD_GETLK and F_OFD_SETLKW, which Glibc's module leaves out.
    private static let getLock: Int32 = 36
    private static let setLockAndWait: Int32 = 38
}

/// The system's number for why a lock can't be had.
struct FileLockError: Error {
    let number: Int32
}
