internal import CLinux
internal import Glibc

/// A socket that clients connect to.
public final class Listener: Sendable {
    private let socket: Descriptor
    /// The file of the socket; `nil` if somebody else has created it, and keeps it.
    private let file: SocketFile?

    init(_ socket: Descriptor, _ file: SocketFile? = nil) {
        self.socket = socket
        self.file = file
    }

    deinit { file?.remove() }

    /// Creates a socket at `path`, in an existing directory that only trusted users may write to.
    ///
    /// A socket of this user's that is there, and that no process listens on any more, is replaced. Nothing else is.
    /// The socket appears there at once as it is to be: it never refuses a connection, and never has another mode.
    ///
    /// - Parameters:
    ///   - path: at most 107 bytes long.
    ///   - mode: who may connect: whoever may write to the socket's file.
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/cannotListen``.
    public static func create(at path: String, mode: UInt32 = 0o600) throws(VarlinkError) -> Listener {
        guard path.utf8.count <= SocketAddress.longestPath else {
            throw VarlinkError(
                .cannotListen,
                "cannot listen on the socket '\(path)': the path is \(path.utf8.count) bytes long",
                advice: "take one of at most \(SocketAddress.longestPath) bytes"
            )
        }
        let socket = try SocketAddress.makeSocket(.cannotListen)
        return Listener(socket, try SocketFile(binding: socket, at: path, mode: mode))
    }

    /// Removes the socket's file, if it is still this socket's.
    func removeFile() { file?.remove() }

    /// Returns the next connection.
    ///
    /// - Returns: `nil` if the task is cancelled.
    /// - Throws: ``VarlinkError`` if there can't be one at the moment, for want of memory or descriptors.
    func accept() async throws(VarlinkError) -> Descriptor? {
        while true {
            guard await Poller.shared.wait(for: .readable, on: socket.number) == .happened else { return nil }
            let number = accept4(socket.number, nil, nil, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
            if number >= 0 { return Descriptor(owning: number) }
            switch errno {
            case EAGAIN, EINTR, ECONNABORTED: continue
            default: throw VarlinkError(.cannotListen, "a connection can't be accepted", errno: errno)
            }
        }
    }
}
