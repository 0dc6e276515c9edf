internal import CLinux
internal import Glibc
internal import Synchronization

/// An open file that is closed with the last reference to it.
final class OwnedDescriptor: Sendable {
    /// Its number, which is none of the standard ones.
    let number: Int32
    private let isOpen = Mutex(true)

    /// - Parameters:
    ///   - number: what a system call has returned: an open file that is nobody else's.
    ///   - what: what is not possible if that is negative.
    init(_ number: Int32, _ what: String) throws(StartFailure) {
        guard number >= 0 else { throw StartFailure(what: what, number: errno) }
        guard number < 3 else {
            self.number = number
            return
        }
        // Else it would be overwritten while a program's standard files are put in their places.
        self.number = fcntl(number, F_DUPFD_CLOEXEC, 3)
        let failure = errno
        Glibc.close(number)
        guard self.number >= 0 else { throw StartFailure(what: what, number: failure) }
    }

    deinit { close() }

    /// Closes it before the last reference is gone.
    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { Glibc.close(number) }
    }

    /// A file that is nowhere but in memory, at its beginning.
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

/// A pipe, of which no other process has an end unless it is handed over.
struct Pipe: Sendable {
    let readEnd: OwnedDescriptor
    let writeEnd: OwnedDescriptor

    init() throws(StartFailure) {
        let what = "there is no pipe for it"
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw StartFailure(what: what, number: errno) }
        readEnd = try OwnedDescriptor(ends[0], what)
        writeEnd = try OwnedDescriptor(ends[1], what)
    }
}
