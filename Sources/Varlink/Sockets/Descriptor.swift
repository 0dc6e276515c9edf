internal import Glibc

/// An open file descriptor, which is closed with the last reference to it.
public final class Descriptor: Sendable {
    /// The descriptor's number, which is valid as long as this object is.
    public let number: Int32

    /// Takes over an open descriptor, which nobody else may close.
    public init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Returns another descriptor of the same open file, which the caller has to close.
    ///
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/descriptorsLost`` if the process has too many open.
    public func duplicate() throws(VarlinkError) -> Int32 {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else {
            throw VarlinkError(.descriptorsLost, "the descriptor \(number) can't be duplicated", errno: errno)
        }
        return copy
    }
}
