internal import Glibc
internal import Synchronization

/// A connection to a service, for one call at a time.
///
/// A call that is cancelled, or takes longer than it may, closes the connection, because the reply could still come.
public final class Client: Sendable {
    private enum State {
        case idle
        case calling
        case closed
    }

    private let connection: Connection
    private let state = Mutex(State.idle)
    /// Who answers.
    public let service: Peer

    /// A client on a connected stream socket.
    ///
    /// - Throws: ``VarlinkError`` if it is none.
    public init(on socket: Descriptor) throws(VarlinkError) {
        service = try Peer(of: socket)
        let incoming = MessageLimits(bytes: ServerLimits.replyBytes, descriptors: SocketCalls.mostDescriptors)
        connection = Connection(socket, incoming, outgoing: ServerLimits.replyBytes)
    }

    deinit { connection.close() }

    /// Connects to the socket at `path`.
    ///
    /// - Parameter timeLimit: how long the service may leave the connection waiting, if others do, too.
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/cannotConnect``, and `CancellationError`.
    public static func connect(to path: String, timeLimit: Duration = .seconds(10)) async throws -> Client {
        guard path.utf8.count <= SocketAddress.longestPath else {
            throw VarlinkError(.cannotConnect, "cannot connect to '\(path)': the path is longer than a socket's can be")
        }
        let socket = try SocketAddress.makeSocket(.cannotConnect)
        let deadline = ContinuousClock.now + timeLimit
        while SocketAddress.with(path, { Glibc.connect(socket.number, $0, $1) }) != 0 {
            // Too many connections wait to be accepted. The kernel doesn't tell when that is over.
            guard errno == EAGAIN || errno == EINTR, ContinuousClock.now < deadline else {
                let advice = errno == ENOENT || errno == ECONNREFUSED ? "start the service" : nil
                throw VarlinkError(.cannotConnect, "cannot connect to '\(path)'", errno: errno, advice: advice)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try Client(on: socket)
    }

    /// Calls a method, and returns its reply.
    ///
    /// - Parameters:
    ///   - method: the method's full name.
    ///   - parameters: what is written as a JSON object.
    ///   - descriptors: open descriptors, of which the service gets copies.
    ///   - timeLimit: how long the call may take; `nil` for as long as it does.
    ///   - type: the type of the reply's parameters. Members that it doesn't have are ignored.
    /// - Throws: ``CallError`` if the service answers with an error, ``VarlinkError`` if there is no answer, and
    ///   `CancellationError`.
    public func call<Answer: Decodable & Sendable>(
        _ method: String,
        _ parameters: some Encodable = NoParameters(),
        descriptors: [Descriptor] = [],
        timeLimit: Duration? = nil,
        returning type: Answer.Type = Answer.self
    ) async throws -> Reply<Answer> {
        let deadline = timeLimit.map { ContinuousClock.now + $0 }
        try await send(try CallText.encode(method, parameters), descriptors, until: deadline)
        let (reply, descriptors) = try await receive(until: deadline)
        guard !reply.continues else {
            close()
            throw VarlinkError(.malformed, "'\(method)' was called without 'more', but is answered in parts")
        }
        return Reply(try reply.decodeParameters(as: type), descriptors: descriptors)
    }

    /// Calls a method that answers more than once.
    ///
    /// The service is not asked for more than is read. Who doesn't read to the end has to ``close()`` the connection.
    ///
    /// - Parameters:
    ///   - method: the method's full name.
    ///   - parameters: what is written as a JSON object.
    ///   - timeLimit: how long each reply may take; `nil` for as long as it does.
    ///   - type: the type of the replies' parameters. Members that it doesn't have are ignored. A last reply
    ///     without any is none if the type needs some.
    /// - Returns: the replies; the errors are those of ``call(_:_:descriptors:timeLimit:returning:)``.
    /// - Throws: the same errors, if the call can't be sent.
    public func callForMore<Answer: Decodable & Sendable>(
        _ method: String,
        _ parameters: some Encodable = NoParameters(),
        timeLimit: Duration? = nil,
        returning type: Answer.Type = Answer.self
    ) async throws -> AsyncThrowingStream<Reply<Answer>, any Error> {
        let deadline = timeLimit.map { ContinuousClock.now + $0 }
        try await send(try CallText.encode(method, parameters, more: true), [], until: deadline)
        let replies = Progress()
        return AsyncThrowingStream { [self] in
            guard !replies.areOver else { return nil }
            let (reply, descriptors) = try await receive(until: timeLimit.map { ContinuousClock.now + $0 })
            replies.areOver = !reply.continues
            do throws(VarlinkError) {
                return Reply(try reply.decodeParameters(as: type), descriptors: descriptors)
            } catch {
                guard reply.parameters.isEmpty, !reply.continues else { throw error }
                return nil
            }
        }
    }

    /// Whether the last reply to a call has come.
    private final class Progress: Sendable {
        private let flag = Atomic(false)

        var areOver: Bool {
            get { flag.load(ordering: .relaxed) }
            set { flag.store(newValue, ordering: .relaxed) }
        }
    }

    /// Calls a method whose answer nobody wants. That it was called is not known afterwards.
    ///
    /// - Parameters:
    ///   - method: the method's full name.
    ///   - parameters: what is written as a JSON object.
    ///   - timeLimit: how long the service may take to read the call; `nil` for as long as it does.
    /// - Throws: ``VarlinkError`` if the call can't be sent, and `CancellationError`.
    public func callOneway(
        _ method: String,
        _ parameters: some Encodable = NoParameters(),
        timeLimit: Duration? = nil
    ) async throws {
        let text = try CallText.encode(method, parameters, oneway: true)
        try await send(text, [], until: timeLimit.map { ContinuousClock.now + $0 })
        endCall()
    }

    /// Closes the connection. Calls that are under way fail with ``VarlinkError/Code/closed``.
    public func close() {
        state.withLock { $0 = .closed }
        connection.close()
    }

    private func send(
        _ text: [UInt8],
        _ descriptors: [Descriptor],
        until deadline: ContinuousClock.Instant?
    ) async throws {
        let before = state.withLock { state in
            defer { if state == .idle { state = .calling } }
            return state
        }
        switch before {
        case .idle: break
        case .calling:
            throw VarlinkError(
                .busy,
                "another call is under way on the connection",
                advice: "read its replies to the end, or connect once more"
            )
        case .closed: throw VarlinkError(.closed, "the connection has been closed", advice: "connect again")
        }
        do throws(VarlinkError) {
            try await connection.send(text, descriptors, until: deadline)
        } catch {
            throw end(after: error)
        }
    }

    private func receive(until deadline: ContinuousClock.Instant?) async throws -> (ReplyMessage, [Descriptor]) {
        let message: Message
        do throws(VarlinkError) {
            guard let next = try await connection.receive(until: deadline) else {
                throw VarlinkError(.closed, "the service has closed the connection instead of an answer")
            }
            message = next
        } catch {
            throw end(after: error)
        }
        do {
            let reply = try ReplyMessage(message.bytes)
            if !reply.continues { endCall() }
            return (reply, message.descriptors)
        } catch let error as VarlinkError {
            throw end(after: error)
        } catch {
            endCall()
            throw error
        }
    }

    private func endCall() { state.withLock { if $0 == .calling { $0 = .idle } } }

    /// Closes the connection, on which nothing can be expected any more.
    private func end(after error: VarlinkError) -> any Error {
        close()
        return error.code == .cancelled ? CancellationError() : error
    }
}
