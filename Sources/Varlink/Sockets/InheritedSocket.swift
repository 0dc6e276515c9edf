internal import Glibc

/// A socket that this process was started with: by a socket unit of systemd's, or by a client that executes the service
/// (`varlinkctl call exec:PROGRAM`, `python3 -m varlink.cli -A PROGRAM`).
public enum InheritedSocket: Sendable {
    /// Clients connect to it.
    case listening(Listener)
    /// It is the connection to one client.
    case connected(Descriptor)

    /// Takes over the sockets that this process was started with. Call it once: they have one owner.
    ///
    /// systemd: sd_listen_fds(3). The kernel tells listening sockets from connected ones, since some clients pass
    /// either under the same name.
    ///
    /// - Parameters:
    ///   - name: the name in `LISTEN_FDNAMES` of the sockets to take; `nil` for all, whatever their names. Others are
    ///     left as they are.
    ///   - environment: the variables that this process was started with.
    ///   - first: the number of the first descriptor.
    /// - Returns: none if the variables are missing, or meant for another process.
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/notInherited`` if a descriptor is no stream socket.
    public static func take(
        named name: String? = nil,
        environment: [String: String],
        first: Int32 = 3
    ) throws(VarlinkError) -> [InheritedSocket] {
        guard environment["LISTEN_PID"] == "\(getpid())", let word = environment["LISTEN_FDS"] else { return [] }
        guard let count = Int32(word), (0...1024).contains(count) else {
            throw VarlinkError(.notInherited, "LISTEN_FDS is '\(word)', which is no number of descriptors")
        }
        let names = environment["LISTEN_FDNAMES"]?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        var sockets: [InheritedSocket] = []
        for index in 0..<count {
            if let name, !names.indices.contains(Int(index)) || names[Int(index)] != name { continue }
            sockets.append(try InheritedSocket(first + index))
        }
        return sockets
    }

    private init(_ number: Int32) throws(VarlinkError) {
        var kind: Int32 = 0
        var family = sockaddr()
        var size = socklen_t(MemoryLayout<sockaddr>.size)
        guard Self.option(SO_TYPE, number, &kind), kind == Int32(SOCK_STREAM.rawValue),
            getsockname(number, &family, &size) == 0, family.sa_family == sa_family_t(AF_UNIX)
        else {
            throw VarlinkError(
                .notInherited,
                "the descriptor \(number) that this process was started with is no stream socket of the kind AF_UNIX",
                advice: "use ListenStream= with a path in the socket unit"
            )
        }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        let descriptor = Descriptor(owning: number)
        var listens: Int32 = 0
        guard Self.option(SO_ACCEPTCONN, number, &listens), listens != 0 else {
            self = .connected(descriptor)
            return
        }
        // Another process that shares the socket may take a connection first.
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        self = .listening(Listener(descriptor))
    }

    private static func option(_ name: Int32, _ number: Int32, _ value: inout Int32) -> Bool {
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, SOL_SOCKET, name, &value, &size) == 0
    }
}
