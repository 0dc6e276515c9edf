import Foundation
import Glibc
import Testing

@testable import Varlink

/// A server with one or more clients, and what they report.
struct Harness {
    let sample: SampleService
    let server: Server
    let events: AsyncStream<ServerEvent>
    let path: String

    /// Runs `body` beside a server on a socket of its own, and stops the server.
    static func run(
        limits: ServerLimits = .patient,
        translates: Bool = false,
        _ body: (Harness) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/varlink-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (events, reports) = AsyncStream<ServerEvent>.makeStream()
        let sample = SampleService()
        let server = Server(try sample.make(translates: translates), limits: limits) { reports.yield($0) }
        let harness = Harness(sample: sample, server: server, events: events, path: directory + "/socket")
        let listener = try Listener.create(at: harness.path)
        let running = Task { await server.run(on: [listener]) }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(harness))
        } catch {
            result = .failure(error)
        }
        server.stop()
        running.cancel()
        await running.value
        try result.get()
    }

    private init(sample: SampleService, server: Server, events: AsyncStream<ServerEvent>, path: String) {
        (self.sample, self.server, self.events, self.path) = (sample, server, events, path)
    }

    func client() async throws -> Client { try await Client.connect(to: path) }

    /// Connects somebody who sends whatever he likes.
    func stranger() throws -> Stranger { try Stranger(path) }

    /// Waits for the next event.
    func event() async -> ServerEvent? {
        var iterator = events.makeAsyncIterator()
        return await iterator.next()
    }

    /// Waits until a connection is dropped.
    func reasonOfDrop() async -> VarlinkError.Code? {
        for await event in events { if case .dropped(_, let error) = event { return error.code } }
        return nil
    }
}

extension ServerLimits {
    /// Limits that no client reaches because the machine is busy.
    static var patient: ServerLimits {
        var limits = ServerLimits()
        (limits.callTime, limits.replyTime) = (.seconds(3600), .seconds(3600))
        return limits
    }
}

/// A peer that sends bytes, not messages.
struct Stranger {
    let socket: Descriptor
    let connection: Connection

    init(_ path: String) throws {
        let socket = try SocketAddress.makeSocket(.cannotConnect)
        self.socket = socket
        guard SocketAddress.with(path, { connect(socket.number, $0, $1) }) == 0 else {
            throw VarlinkError(.cannotConnect, path, errno: errno)
        }
        connection = Connection(socket, MessageLimits(bytes: 1 << 24, descriptors: 253), outgoing: .max)
    }

    func send(_ text: String, _ descriptors: [Descriptor] = []) async throws {
        try await send(Array(text.utf8), descriptors)
    }

    func send(_ bytes: [UInt8], _ descriptors: [Descriptor] = []) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if let count = try SocketCalls.send(rest, rest.startIndex == 0 ? descriptors : [], to: socket.number) {
                rest = rest.dropFirst(count)
            } else {
                _ = await Poller.shared.wait(for: .writable, on: socket.number)
            }
        }
    }

    /// Sends a call, and returns the text of the reply; `nil` if the connection ends instead.
    func ask(_ call: String) async throws -> String? {
        try await send(call + "\0")
        return try await answer()
    }

    func answer() async throws -> String? {
        try await connection.receive().map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}

/// Two connected sockets.
func socketPair() throws -> (Descriptor, Descriptor) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
    return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
}
