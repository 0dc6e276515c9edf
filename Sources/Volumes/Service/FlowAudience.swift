internal import Identity
internal import SQLStore
public import TaskFlow

/// Who is told of the flows that a service runs in this process.
struct FlowAudience: Sendable {
    var listeners: [any Listener] = []
    var progress: [@Sendable (ProgressChange) -> Void] = []

    /// The engine, which tells them from now on.
    func following(_ engine: Engine<SQLStore>) -> Engine<SQLStore> {
        for listener in listeners { engine.listen(with: listener) }
        for tell in progress { engine.progressNotifier.register { tell($0) } }
        return engine
    }
}

extension VolumeService {
    /// The same service, of whose flows `listener` is told while this process runs them: a ``TaskFlow/LoggingListener`` with a
    /// logger, metrics, or one of the caller's own.
    ///
    /// - Parameter tell: is told how far steps are that take long, such as copies.
    public func listening(
        with listener: any Listener,
        progress tell: @escaping @Sendable (ProgressChange) -> Void = { _ in }
    ) -> VolumeService {
        var service = self
        service.audience.listeners.append(listener)
        service.audience.progress.append(tell)
        return service
    }
}
