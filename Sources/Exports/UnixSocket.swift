internal import Glibc

/// The sockets of servers.
enum UnixSocket {
    /// Whether somebody takes connections at the socket. The connection is closed at once.
    static func answers(_ path: String) -> Bool {
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return false }
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}

/// Who is connected to a socket, as the kernel tells.
enum ConnectedClients {
    /// The number of connections that the server has taken; zero when the kernel doesn't tell.
    static func count(of socket: String) -> Int {
        guard let table = SmallFile.read("/proc/net/unix") else { return 0 }
        // Num RefCount Protocol Flags Type St Inode Path: of the server's ends of connections, the state is 03.
        return table.split(separator: "\n")
            .count { line in
                let words = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
                return words.count == 8 && words[5] == "03" && words[7] == socket
            }
    }
}
