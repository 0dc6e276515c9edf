internal import Glibc
internal import Synchronization

/// Tells the service manager that started this process about its readiness, by the protocol of sd_notify(3).
package struct ServiceManager: Sendable {
    private let path: String?
    /// How often the manager wants to hear of the process; `nil` if it does not.
    package let interval: Duration?
    private let last = LastNote()

    /// - Parameter environment: that of the process; without `NOTIFY_SOCKET` nobody is told.
    package init(_ environment: [String: String]) {
        path = environment["NOTIFY_SOCKET"]
        interval = environment["WATCHDOG_USEC"].flatMap(Int64.init).map { .microseconds($0 / 3) }
    }

    /// Tells that the process serves now.
    package func tellReady() { send("READY=1") }

    /// Tells that the process stops.
    package func tellStopping() { send("STOPPING=1") }

    /// Tells that the process is alive, unless that was told less than ``interval`` ago.
    package func tellAlive() {
        guard let interval, last.isDue(after: interval) else { return }
        // A manager that does not read at the moment is not waited for, as nothing would go on meanwhile.
        send("WATCHDOG=1", flags: Int32(MSG_DONTWAIT))
    }

    private func send(_ text: String, flags: Int32 = 0) {
        guard let path, var address = Self.address(path) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL) | flags, $0, length)
            }
        }
    }

    /// The address of a socket: a path, or a name in the abstract namespace after `@`.
    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isFitting = withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            guard path.utf8.count < buffer.count else { return false }
            buffer.copyBytes(from: path.utf8)
            if path.hasPrefix("@") { buffer[0] = 0 }
            return true
        }
        return isFitting ? address : nil
    }
}

/// The time of the last message of its kind.
private final class LastNote: Sendable {
    private let time = Mutex<ContinuousClock.Instant?>(nil)

    /// Whether the time has come for the next message, which is noted then.
    func isDue(after interval: Duration) -> Bool {
        time.withLock { time in
            if let time, .now - time < interval { return false }
            time = .now
            return true
        }
    }
}
