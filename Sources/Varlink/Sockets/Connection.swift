internal import Glibc
internal import Synchronization

/// Messages to and from the other side of a socket. One task at a time sends, and one receives.
final class Connection: Sendable {
    private let socket: Descriptor
    private let buffer: Mutex<MessageBuffer>
    private let outgoing: Int
    private let isSending = Atomic(false)

    /// - Parameters:
    ///   - incoming: what the messages of the other side may have.
    ///   - outgoing: the length of this side's messages in bytes, at most.
    init(_ socket: Descriptor, _ incoming: MessageLimits, outgoing: Int) {
        self.socket = socket
        self.outgoing = outgoing
        buffer = Mutex(MessageBuffer(incoming))
    }

    /// Returns the next message; `nil` if the other side has closed its end.
    ///
    /// - Parameters:
    ///   - messageTime: how long a message may take from its first byte to its last one.
    ///   - deadline: when the message must be there.
    func receive(
        messageTime: Duration? = nil,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(VarlinkError) -> Message? {
        var end = deadline
        var hasBegun = false
        while true {
            if let message = buffer.withLock({ $0.next() }) { return message }
            let hasHalf = buffer.withLock { $0.hasHalf }
            if hasHalf, !hasBegun, let messageTime {
                hasBegun = true
                let limit = ContinuousClock.now + messageTime
                end = end.map { min($0, limit) } ?? limit
            }
            if let end, ContinuousClock.now >= end { throw lateness(of: "a message", hasHalf) }
            guard let received = try SocketCalls.receive(socket.number) else {
                switch await Poller.shared.wait(for: .readable, on: socket.number, until: end) {
                case .happened, .timedOut: continue
                case .cancelled: throw VarlinkError(.cancelled, "the wait for a message was cancelled")
                }
            }
            guard !received.hasLost else {
                throw VarlinkError(
                    .descriptorsLost,
                    "a descriptor that was sent could not be received",
                    advice: "raise the limit of open files (`ulimit -n`)"
                )
            }
            guard !received.bytes.isEmpty else {
                guard !hasHalf else { throw VarlinkError(.closed, "the connection ended within a message") }
                return nil
            }
            try buffer.withLock { buffer throws(VarlinkError) in
                try buffer.append(received.bytes, received.descriptors)
            }
        }
    }

    private func lateness(of what: String, _ hasBegun: Bool) -> VarlinkError {
        VarlinkError(.timedOut, "\(what) was not \(hasBegun ? "complete" : "there") in time")
    }

    /// Sends a message, and the descriptors with its first byte.
    ///
    /// - Parameter deadline: when the other side must have taken all of it except what the kernel holds.
    func send(
        _ bytes: [UInt8],
        _ descriptors: [Descriptor] = [],
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(VarlinkError) {
        guard bytes.count <= outgoing else {
            throw VarlinkError(.tooLarge, "a message of \(bytes.count) bytes is longer than \(outgoing)")
        }
        guard descriptors.count <= SocketCalls.mostDescriptors else {
            throw VarlinkError(.descriptorsLost, "a message can't have \(descriptors.count) descriptors")
        }
        guard !isSending.exchange(true, ordering: .acquiring) else {
            throw VarlinkError(.busy, "a message can't be sent while another one is being sent on the connection")
        }
        defer { isSending.store(false, ordering: .releasing) }
        var rest = (bytes + [0])[...]
        while !rest.isEmpty {
            let isFirst = rest.startIndex == 0
            if let count = try SocketCalls.send(rest, isFirst ? descriptors : [], to: socket.number) {
                rest = rest.dropFirst(count)
                continue
            }
            switch await Poller.shared.wait(for: .writable, on: socket.number, until: deadline) {
            case .happened: continue
            case .timedOut: throw VarlinkError(.timedOut, "the other side has not read a message in time")
            case .cancelled: throw VarlinkError(.cancelled, "the wait for the other side to read was cancelled")
            }
        }
    }

    /// Waits until the other side is gone, or the task is cancelled.
    func waitForHangUp() async {
        while await Poller.shared.wait(for: .hangUp, on: socket.number) == .happened {
            var request = pollfd(fd: socket.number, events: 0, revents: 0)
            if poll(&request, 1, 0) != 0 { return }
        }
    }

    /// Ends the connection for both sides. What has been sent can still be read.
    func close() { shutdown(socket.number, Int32(SHUT_RDWR)) }

    /// Takes no further messages, as if the other side had closed its end. Replies can still be sent.
    func endReceiving() { shutdown(socket.number, Int32(SHUT_RD)) }
}
