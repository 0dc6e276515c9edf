internal import Glibc

/// A lock on a range of bytes that belongs to an open file description, not to a process: it survives if another part
/// of the process opens and closes the same file, and a process that inherits the description holds it, too.
struct FileLock {
    /// The state of a range, as far as others have locked it.
    enum State {
        case free
        /// A range that another open file has locked; any one, if there are several.
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

    /// Locks or unlocks the range; waits until that is possible.
    ///
    /// - Parameter type: `F_RDLCK` for a shared lock, `F_WRLCK` or `F_UNLCK`.
    func set(_ type: Int32, in file: Int32) throws(FileLockError) {
        var lock = request(type)
        while fcntl(file, Self.setLockAndWait, &lock) != 0 {
            guard errno == EINTR else { throw FileLockError(number: errno) }
        }
    }

    /// Locks the range for writing without waiting, and returns whether that succeeded.
    func setAtOnce(in file: Int32) -> Bool {
        var lock = request(F_WRLCK)
        return fcntl(file, Self.setLock, &lock) == 0
    }

    /// The state of the range, as far as other open files have locked it.
    func state(in file: Int32) -> State {
        var lock = request(F_WRLCK)
        guard fcntl(file, Self.getLock, &lock) == 0 else { return .unknown }
        return lock.l_type == Int16(F_UNLCK)
            ? .free : .locked(FileLock(from: Int64(lock.l_start), length: Int64(lock.l_len)))
    }

    /// Whether no other open file has locked any of the range; `false` if it can't be found out.
    func isFree(in file: LockFile) -> Bool {
        guard case .free = state(in: file.descriptor) else { return false }
        return true
    }

    private func request(_ type: Int32) -> flock {
        flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: off_t(start), l_len: off_t(length), l_pid: 0)
    }

    // Linux's F_OFD_GETLK, F_OFD_SETLK and F_OFD_SETLKW, which the Glibc module lacks.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37
    private static let setLockAndWait: Int32 = 38
}

/// A lock could not be acquired; `number` is the system's error number.
struct FileLockError: Error {
    let number: Int32
}
