internal import Glibc

/// The process at the other end of a connection, as the kernel saw it when the connection was made.
///
/// The process may have ended since, and its number may be another one's.
public struct Peer: Sendable, Hashable {
    /// The process.
    public let process: Int32
    /// Its effective user.
    public let user: UInt32
    /// Its effective group.
    public let group: UInt32

    /// Asks the kernel about a connected socket.
    init(of socket: Descriptor) throws(VarlinkError) {
        // struct ucred, which Glibc hides: a process, a user, a group.
        var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(socket.number, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
            throw VarlinkError(.closed, "the kernel doesn't say who has connected", errno: errno)
        }
        (process, user, group) = credentials
    }
}
