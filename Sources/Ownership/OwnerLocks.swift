internal import Glibc

/// Tells which processes are alive, without asking them and without a moment in which the answer is wrong.
///
/// Each process that writes locks one byte of a file beside what is written, chosen at random and recorded with what it
/// holds. The kernel drops the lock with the process, however that ends, and even across process id namespaces.
package final class OwnerLocks: Sendable {
    /// The byte that this process has locked.
    package let own: Int64
    private let descriptor: Int32
    private let path: String

    /// Beyond every byte that an owner may have.
    private static let openingByte: Int64 = 1 << 62

    /// Opens the file at `path`, made if it isn't there, and locks a byte of it for as long as this value lives.
    package init(path: String) throws(OwnerLockError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let failure = errno
        own = .random(in: 1..<Self.openingByte)
        guard descriptor >= 0 else {
            throw OwnerLockError(path: path, number: failure)
        }
        try change(own, to: F_WRLCK)
    }

    deinit { close(descriptor) }

    /// Whether the process that locked `byte` is gone. Never true of this process's own.
    package func isAbandoned(_ byte: Int64) -> Bool {
        guard byte != own else { return false }
        var lock = Self.lock(byte, F_WRLCK)
        guard fcntl(descriptor, Self.getLock, &lock) == 0 else { return false }
        return lock.l_type == Int16(F_UNLCK)
    }

    /// Runs `body` while no other process that uses the same file runs one.
    package func exclusively<Result>(_ body: () throws -> Result) throws -> Result {
        try change(Self.openingByte, to: F_WRLCK)
        defer { try? change(Self.openingByte, to: F_UNLCK) }
        return try body()
    }

    private func change(_ byte: Int64, to type: Int32) throws(OwnerLockError) {
        var lock = Self.lock(byte, type)
        while fcntl(descriptor, Self.setLockAndWait, &lock) != 0 {
            guard errno == EINTR else { throw OwnerLockError(path: path, number: errno) }
        }
    }

    private static func lock(_ byte: Int64, _ type: Int32) -> flock {
        flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: off_t(byte), l_len: 1, l_pid: 0)
    }

    // Locks of an open file, not of a process (Linux F_OFD_GETLK and F_OFD_SETLKW, which Glibc's module leaves out):
    // another part of the process that opens and closes the same file doesn't drop them.
    private static let getLock: Int32 = 36
    private static let setLockAndWait: Int32 = 38
}

/// What the system said when the file of the locks was opened or locked.
package struct OwnerLockError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    package let path: String
    /// The system's number for it.
    package let number: Int32

    /// Whether the file or its directory may not be written.
    package var isPermission: Bool { [EACCES, EROFS, EPERM].contains(number) }

    /// For people: what failed, and why.
    package var description: String { "\(path): \(String(cString: strerror(number)))" }
}
