internal import Glibc

enum UnixSocket {
    /// Returns whether a server accepts connections at the socket. The connection is closed at once.
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

/// The clients that are connected to a socket, according to the kernel.
enum ConnectedClients {
    /// Returns the number of accepted connections; zero if the kernel does not tell.
    static func count(of socket: String) -> Int {
        guard let table = SmallFile.read("/proc/net/unix") else { return 0 }
        // The columns are Num RefCount Protocol Flags Type St Inode Path; 03 is the state of the server's end of a
        // connection.
        return table.split(separator: "\n")
            .count { line in
                let words = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
                return words.count == 8 && words[5] == "03" && words[7] == socket
            }
    }
}
