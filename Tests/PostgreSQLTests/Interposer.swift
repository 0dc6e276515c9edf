import Foundation
import Glibc
import Synchronization
import Testing

/// Stands between a client and the server, and loses messages on demand.
final class Interposer: Sendable {
    /// What to do with the client's next message. Afterwards, connections are as usual.
    enum Fault: Sendable {
        /// The server gets it, and its answer is lost with the connection.
        case loseAnswer
        /// It is lost with the connection.
        case loseMessage
        /// The client loses the connection, and the server gets the message when ``deliver()`` is called.
        case delayMessage
        /// Nothing is passed on from now on, and no connection ends.
        case hang
    }

    let port: UInt16
    private let listener: Int32
    private let socketPath: String
    private let fault = Mutex<Fault?>(nil)
    private let isHung = Atomic(false)
    private let delayed = Mutex<[(server: Int32, message: [UInt8])]>([])

    /// - Parameter socketPath: the server's Unix socket.
    init(to socketPath: String) throws {
        self.socketPath = socketPath
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        try #require(bound)
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in accept() }
    }

    /// Ends the interposer; its connections end with their clients.
    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    func next(_ fault: Fault) { self.fault.withLock { $0 = fault } }

    /// Delivers the delayed messages, and waits until the server has answered and ended these connections.
    func deliver() {
        for (server, message) in delayed.withLock({ $0 }) {
            Self.write(message, to: server)
            shutdown(server, Int32(SHUT_WR))
            while !Self.read(from: server).isEmpty {}
            Glibc.close(server)
        }
        delayed.withLock { $0 = [] }
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            Thread.detachNewThread { [self] in serve(client) }
        }
        Glibc.close(listener)
    }

    private func connect() -> Int32 {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: socketPath.utf8.prefix(path.count - 1))
        }
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return server
    }

    private func serve(_ client: Int32) {
        let server = connect()
        defer { Glibc.close(client) }
        var requests = [
            pollfd(fd: client, events: Int16(POLLIN), revents: 0),
            pollfd(fd: server, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&requests, 2, -1) > 0 {
            let message = Self.read(from: requests[0].revents != 0 ? client : server)
            guard !message.isEmpty else { break }
            guard requests[0].revents != 0 else {
                if !isHung.load(ordering: .relaxed) { Self.write(message, to: client) }
                continue
            }
            switch fault.withLock({ $0.take() }) {
            case .loseAnswer:
                Self.write(message, to: server)
                _ = Self.read(from: server)
                Glibc.close(server)
                return
            case .loseMessage:
                Glibc.close(server)
                return
            case .delayMessage:
                delayed.withLock { $0.append((server, message)) }
                return
            case .hang:
                isHung.store(true, ordering: .relaxed)
            case nil:
                if !isHung.load(ordering: .relaxed) { Self.write(message, to: server) }
            }
        }
        Glibc.close(server)
    }

    private static func read(from file: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    private static func write(_ message: [UInt8], to file: Int32) {
        _ = send(file, message, message.count, Int32(MSG_NOSIGNAL))
    }
}
