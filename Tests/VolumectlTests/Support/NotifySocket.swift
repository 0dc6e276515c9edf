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
        descriptor = Self.makeSocket()
        let isBound = Self.withAddress(name) { bind(descriptor, $0, $1) } == 0
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

    /// Sends messages until no more fit, as if the manager had not read for long.
    func fill() {
        let sender = Self.makeSocket()
        defer { close(sender) }
        while Self.withAddress(name, { sendto(sender, "X", 1, Int32(MSG_DONTWAIT), $0, $1) }) == 1 {}
    }

    private static func makeSocket() -> Int32 {
        socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress<Result>(
        _ name: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            buffer.copyBytes(from: name.utf8)
            if name.hasPrefix("@") { buffer[0] = 0 }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
