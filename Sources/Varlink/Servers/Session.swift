/// The calls of one client, answered one after the other.
struct Session: Sendable {
    /// What clients can cause by not reading, or by going.
    private static let codesOfClient: Set<VarlinkError.Code> = [.closed, .timedOut, .cancelled]

    let connection: Connection
    let peer: Peer
    let service: Service
    let limits: ServerLimits
    let report: @Sendable (ServerEvent) -> Void

    init(
        _ socket: Descriptor,
        _ peer: Peer,
        _ service: Service,
        _ limits: ServerLimits,
        _ report: @escaping @Sendable (ServerEvent) -> Void
    ) {
        let incoming = MessageLimits(bytes: limits.callBytes, descriptors: limits.callDescriptors)
        connection = Connection(socket, incoming, outgoing: ServerLimits.replyBytes)
        self.peer = peer
        self.service = service
        self.limits = limits
        self.report = report
    }

    /// Answers calls until the client hangs up, breaks the protocol, or `isEnding`.
    func run(until isEnding: () -> Bool) async {
        do throws(VarlinkError) {
            while !isEnding(), let next = try await next() {
                guard try await answer(next) else { break }
                // A client that never stops calling leaves the thread to others.
                await Task.yield()
            }
        } catch {
            if error.code != .cancelled { report(.dropped(peer, error)) }
        }
        connection.close()
    }

    private struct Next {
        let message: CallMessage
        let call: Call
        let prepared: Result<Service.PreparedCall, CallError>
    }

    /// Returns the next call; `nil` if the client has hung up. Descriptors that nobody takes are closed afterwards,
    /// however long the call runs.
    private func next() async throws(VarlinkError) -> Next? {
        guard let received = try await connection.receive(messageTime: limits.callTime) else { return nil }
        let message = try CallMessage(received.bytes)
        let prepared: Result<Service.PreparedCall, CallError>
        do throws(CallError) {
            prepared = .success(try service.prepare(message))
        } catch {
            prepared = .failure(error)
        }
        let takesDescriptors = (try? prepared.get())?.takesDescriptors ?? false
        let call = Call(
            method: message.method,
            caller: peer,
            descriptors: takesDescriptors ? received.descriptors : [],
            isOneway: message.isOneway
        )
        return Next(message: message, call: call, prepared: prepared)
    }

    /// Returns whether the connection can go on.
    private func answer(_ next: Next) async throws(VarlinkError) -> Bool {
        let prepared: Service.PreparedCall
        switch next.prepared {
        case .success(let call): prepared = call
        case .failure(let error):
            try await send(error, next.message)
            return true
        }
        guard let error = await run(prepared, next.call, next.message) else { return true }
        if let answer = error as? CallError ?? (error is VarlinkError ? nil : service.translate(error)) {
            do throws(VarlinkError) {
                try await send(answer, next.message)
                return true
            } catch  where Self.codesOfClient.contains(error.code) {
                throw error
            } catch {
                report(.failed(next.call, error))
                return false
            }
        }
        // Others are defects of the handler.
        if let error = error as? VarlinkError, Self.codesOfClient.contains(error.code) { throw error }
        if !Task.isCancelled { report(.failed(next.call, error)) }
        return next.call.isOneway
    }

    private func send(_ error: CallError, _ message: CallMessage) async throws(VarlinkError) {
        guard !message.isOneway else { return }
        try await connection.send(try service.encode(error), until: .now + limits.replyTime)
    }

    /// Runs a handler, and cancels one that streams when the client is gone.
    ///
    /// - Returns: the error with which it ended, if any.
    private func run(_ prepared: Service.PreparedCall, _ call: Call, _ message: CallMessage) async -> (any Error)? {
        let sink = ReplySink { parameters, descriptors, continues in
            guard !message.isOneway else { return }
            let text = try service.encode(parameters, to: message, continues: continues)
            try await connection.send(text, descriptors, until: .now + limits.replyTime)
        }
        let body: @Sendable () async -> (any Error)? = {
            do {
                try await prepared.run(call, sink)
                return nil
            } catch {
                return error
            }
        }
        guard prepared.isStreaming else { return await body() }
        return await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask { await body() }
            group.addTask {
                await connection.waitForHangUp()
                return VarlinkError(.closed, "the client has gone before the last reply to '\(call.method)'")
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
