internal import Synchronization

/// Answers the calls of clients, of each one in its order, and of different ones at the same time.
public final class Server: Sendable {
    private struct State {
        var isStopping = false
        var nextKey: UInt64 = 0
        var connections: [UInt64: Connection] = [:]
        var users: [UInt32: Int] = [:]
        var accepting: [UInt64: Task<Result<Descriptor?, VarlinkError>, Never>] = [:]
    }

    private let service: Service
    private let limits: ServerLimits
    private let report: @Sendable (ServerEvent) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - service: what is called.
    ///   - limits: what clients may do.
    ///   - report: is told what no client is told; it must not wait.
    public init(
        _ service: Service,
        limits: ServerLimits = ServerLimits(),
        report: @escaping @Sendable (ServerEvent) -> Void = { _ in }
    ) {
        self.service = service
        self.limits = limits
        self.report = report
    }

    /// Serves the clients that connect, until ``stop()`` or until the task is cancelled, which ends running calls, too.
    /// Afterwards the sockets that it was given are closed.
    public func run(on listeners: [Listener]) async {
        await withDiscardingTaskGroup { group in
            for listener in listeners { group.addTask { await self.run(on: listener) } }
        }
    }

    private func run(on listener: Listener) async {
        await withDiscardingTaskGroup { group in
            while let accepted = await accept(from: listener) {
                switch accepted {
                case .success(let socket): group.addTask { await self.serve(socket) }
                case .failure(let error):
                    report(.notAccepted(error))
                    // The kernel doesn't tell when there is memory or a descriptor again.
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
            listener.removeFile()
        }
    }

    /// Returns the next connection; `nil` once the server stops.
    private func accept(from listener: Listener) async -> Result<Descriptor, VarlinkError>? {
        let started: (UInt64, Task<Result<Descriptor?, VarlinkError>, Never>)? = state.withLock { state in
            guard !state.isStopping, !Task.isCancelled else { return nil }
            let task = Task<Result<Descriptor?, VarlinkError>, Never> {
                do throws(VarlinkError) { return .success(try await listener.accept()) } catch {
                    return .failure(error)
                }
            }
            state.nextKey += 1
            state.accepting[state.nextKey] = task
            return (state.nextKey, task)
        }
        guard let (key, task) = started else { return nil }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        state.withLock { _ = $0.accepting.removeValue(forKey: key) }
        switch result {
        case .success(let socket): return socket.map { .success($0) }
        case .failure(let error): return .failure(error)
        }
    }

    /// Serves one client until it hangs up, until ``stop()``, or until the task is cancelled.
    ///
    /// - Parameter socket: a connected stream socket.
    public func serve(_ socket: Descriptor) async {
        let peer: Peer
        do throws(VarlinkError) {
            peer = try Peer(of: socket)
        } catch {
            report(.notAccepted(error))
            return
        }
        let session = Session(socket, peer, service, limits, report)
        guard let key = admit(session) else {
            report(.refused(peer))
            return
        }
        await session.run { state.withLock { $0.isStopping } }
        state.withLock { state in
            state.connections[key] = nil
            let count = state.users[peer.user, default: 1] - 1
            state.users[peer.user] = count > 0 ? count : nil
        }
    }

    /// Returns the connection's key; `nil` if there are too many, or the server stops.
    private func admit(_ session: Session) -> UInt64? {
        state.withLock { state in
            let ofUser = state.users[session.peer.user, default: 0]
            guard !state.isStopping, state.connections.count < limits.connections, ofUser < limits.connectionsPerUser
            else { return nil }
            state.nextKey += 1
            state.connections[state.nextKey] = session.connection
            state.users[session.peer.user] = ofUser + 1
            return state.nextKey
        }
    }

    /// Stops in order: no connection is accepted and no call begun any more, but those that run are answered.
    public func stop() {
        let (connections, accepting) = state.withLock { state in
            state.isStopping = true
            return (state.connections.values, state.accepting.values)
        }
        for task in accepting { task.cancel() }
        for connection in connections { connection.endReceiving() }
    }
}
