import Foundation
import TestKit
import Testing

/// A socket on which a service manager listens to its services (sd_notify(3)).
final class NotifySocket: Sendable {
    /// The path, or the name in the abstract namespace after `@`.
    let name: String
    private let descriptor: Int32

    /// - Parameter isAbstract: whether it has no file.
    init(isAbstract: Bool) throws {
        let id = UUID().uuidString.prefix(8)
        name = isAbstract ? "@volumectl-\(id)" : "/tmp/notify-\(id)"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            buffer.copyBytes(from: name.utf8)
            if isAbstract { buffer[0] = 0 }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) } == 0
        }
        try #require(isBound, "errno \(errno)")
    }

    deinit {
        close(descriptor)
        unlink(name)
    }

    /// Returns the next message when it has arrived.
    func next() async throws -> String {
        var message: String?
        try await eventually {
            message = receive()
            return message != nil
        }
        return try #require(message)
    }

    /// The messages that have arrived and not been returned.
    var pending: [String] { Array(sequence(state: ()) { [self] _ in receive() }) }

    private func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
