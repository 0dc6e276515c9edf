internal import CLinux
internal import Glibc
internal import Synchronization

/// A file descriptor that is closed with the last reference to it.
final class OwnedDescriptor: Sendable {
    /// The descriptor's number, which is never 0, 1 or 2.
    let number: Int32
    private let isOpen = Mutex(true)

    /// - Parameters:
    ///   - number: the result of a system call: a descriptor that has no other owner, or a negative number.
    ///   - what: the error's message if `number` is negative.
    init(_ number: Int32, _ what: String) throws(StartFailure) {
        guard number >= 0 else { throw StartFailure(what: what, number: errno) }
        guard number < 3 else {
            self.number = number
            return
        }
        // Moved, since a standard number would be overwritten while a program's standard files are set up.
        self.number = fcntl(number, F_DUPFD_CLOEXEC, 3)
        let failure = errno
        Glibc.close(number)
        guard self.number >= 0 else { throw StartFailure(what: what, number: failure) }
    }

    deinit { close() }

    /// Closes the descriptor before the last reference is gone. Idempotent.
    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { Glibc.close(number) }
    }

    /// Creates a file in memory that holds `bytes`, positioned at its beginning.
    static func memory(holding bytes: [UInt8]) throws(StartFailure) -> OwnedDescriptor {
        let file = try OwnedDescriptor(memfd_create("input", clinux_memfd_cloexec), "its input can't be prepared")
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw StartFailure(what: "its input can't be prepared", number: errno)
            }
            rest = rest.dropFirst(max(0, count))
        }
        lseek(file.number, 0, SEEK_SET)
        return file
    }
}

/// A pipe whose ends are not inherited by other processes unless they are passed explicitly.
struct Pipe: Sendable {
    let readEnd: OwnedDescriptor
    let writeEnd: OwnedDescriptor

    init() throws(StartFailure) {
        let what = "a pipe for it can't be created"
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw StartFailure(what: what, number: errno) }
        readEnd = try OwnedDescriptor(ends[0], what)
        writeEnd = try OwnedDescriptor(ends[1], what)
    }
}
