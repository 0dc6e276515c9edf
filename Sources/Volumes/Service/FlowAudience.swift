internal import Identity
internal import SQLStore
public import TaskFlow

/// The listeners of the flows that a service runs in this process.
struct FlowAudience: Sendable {
    var listeners: [any Listener] = []
    var progress: [@Sendable (ProgressChange) -> Void] = []

    /// Registers the listeners with an engine and returns the engine.
    func following(_ engine: Engine<SQLStore>) -> Engine<SQLStore> {
        for listener in listeners { engine.listen(with: listener) }
        for tell in progress { engine.progressNotifier.register { tell($0) } }
        return engine
    }
}

extension VolumeService {
    /// The same service with another listener for the flows that this process runs, such as a
    /// ``TaskFlow/LoggingListener``.
    ///
    /// - Parameter tell: is called with the progress of long steps, such as copies.
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
