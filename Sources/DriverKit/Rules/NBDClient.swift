internal import FoundationEssentials
internal import Glibc
internal import RuleKit

/// A client of an NBD server on a Unix socket, with as much of the protocol as it takes to try a write.
///
/// The protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
struct NBDClient {
    /// The size of the export in bytes.
    let size: UInt64
    /// Whether the server says that clients can't write.
    let isReadOnly: Bool
    private let connection: Connection

    /// Connects to an export; `nil` if the address is not one of a Unix socket.
    init?(_ uri: String) throws {
        guard let address = URLComponents(string: uri), address.scheme == "nbd+unix",
            let socket = address.queryItems?.first(where: { $0.name == "socket" })?.value
        else { return nil }
        let name = Array(address.path.dropFirst().utf8)
        connection = try Connection(to: socket)
        let greeting = try connection.receive(18)
        guard Array(greeting[..<16]) == Array("NBDMAGICIHAVEOPT".utf8) else {
            throw Breach("the server of '\(uri)' does not speak NBD")
        }
        let leavesOutZeros = UInt32(greeting[17] & 2)
        // The option that asks for an export by its name.
        let option = Array("IHAVEOPT".utf8) + UInt32(1).bytes + UInt32(name.count).bytes + name
        try connection.send((1 | leavesOutZeros).bytes + option)
        let export = try connection.receive(leavesOutZeros == 0 ? 134 : 10)
        size = export[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        isReadOnly = export[9] & 2 != 0
    }

    /// Whether the server takes a write; one that ends the connection does not.
    func canWrite(_ data: [UInt8], at offset: UInt64) throws -> Bool {
        try connection.send(Self.request(1, offset, UInt32(data.count)) + data)
        guard let reply = try? connection.receive(16) else { return false }
        return reply[4..<8].allSatisfy { $0 == 0 }
    }

    fileprivate static func request(_ type: UInt16, _ offset: UInt64, _ length: UInt32) -> [UInt8] {
        UInt32(0x2560_9513).bytes + UInt16(0).bytes + type.bytes + UInt64(0).bytes + offset.bytes + length.bytes
    }

    /// A stream socket, which gives up after a minute without an answer.
    private final class Connection: Sendable {
        private let descriptor: CInt

        init(to path: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw Breach("no socket can be made: \(Self.lastSystemError)") }
            var limit = timeval(tv_sec: 60, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let isTooLong = withUnsafeMutableBytes(of: &address.sun_path) { buffer in
                guard path.utf8.count < buffer.count else { return true }
                buffer.copyBytes(from: path.utf8)
                return false
            }
            guard !isTooLong else { throw Breach("the path of the socket '\(path)' is too long") }
            let status = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard status == 0 else { throw Breach("'\(path)' has no server: \(Self.lastSystemError)") }
        }

        /// Tells the server that the client goes.
        deinit {
            guard descriptor >= 0 else { return }
            try? send(NBDClient.request(2, 0, 0))
            close(descriptor)
        }

        func send(_ bytes: [UInt8]) throws {
            var done = 0
            while done < bytes.count {
                let sent = bytes.withUnsafeBytes { buffer in
                    Glibc.send(
                        descriptor,
                        buffer.baseAddress.map { $0 + done },
                        buffer.count - done,
                        Int32(MSG_NOSIGNAL)
                    )
                }
                guard sent > 0 else { throw Breach("the server does not listen: \(Self.lastSystemError)") }
                done += sent
            }
        }

        func receive(_ count: Int) throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let received = bytes.withUnsafeMutableBytes { buffer in
                    recv(descriptor, buffer.baseAddress.map { $0 + done }, count - done, 0)
                }
                guard received > 0 else {
                    throw Breach("the server does not answer: \(received == 0 ? "it hung up" : Self.lastSystemError)")
                }
                done += received
            }
            return bytes
        }

        private static var lastSystemError: String { String(cString: strerror(errno)) }
    }
}

extension FixedWidthInteger {
    /// In the order of the network.
    fileprivate var bytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
