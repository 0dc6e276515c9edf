/// Follows runs: is told of every change of a flow and of its steps.
///
/// ```swift
/// struct Bell: Listener {
///     func flowChanged(_ change: FlowChange) {
///         if change.state == .reverted { print("\(change.name) was reverted\u{7}") }
///     }
/// }
///
/// try await engine.listening(with: Bell()) {
///     try await engine.run()
/// }
/// ```
///
/// A listener is called between two steps, in the order in which the changes were decided, and the flow waits for it: what
/// takes long is to be handed to somebody else, and is noticed by ``HandlerWatch`` where it isn't. It can't throw, and so it
/// can't break the flow.
///
/// What a transactional step did is told when its transaction is over: its start and its end at once.
public protocol Listener: ChangeHandling {
    /// Not for listeners to declare: it tells the compiler whether there is a `flowChanged`.
    associatedtype FlowReply = NotImplemented

    /// Not for listeners to declare: it tells the compiler whether there is an `atomChanged`.
    associatedtype AtomReply = NotImplemented

    /// The states of flows to be told of; `nil`, as it is unless said otherwise, for all.
    var flowStates: Set<FlowState>? { get }

    /// The states of steps to be told of; `nil`, as it is unless said otherwise, for all.
    var atomStates: Set<AtomState>? { get }

    /// Not called: a `flowChanged` that can throw or suspend, and so would not be called, does not compile.
    func flowChanged(_ change: FlowChange) async throws -> FlowReply

    /// Not called: an `atomChanged` that can throw or suspend, and so would not be called, does not compile.
    func atomChanged(_ change: AtomChange) async throws -> AtomReply
}

/// What a ``Listener`` is called with.
public protocol ChangeHandling: Sendable {
    /// A flow went from one state to another.
    func flowChanged(_ change: FlowChange)

    /// A step went from one state to another.
    func atomChanged(_ change: AtomChange)
}

extension ChangeHandling where Self: Listener, FlowReply == NotImplemented {
    /// Ignores the change.
    public func flowChanged(_ change: FlowChange) {}
}

extension ChangeHandling where Self: Listener, AtomReply == NotImplemented {
    /// Ignores the change.
    public func atomChanged(_ change: AtomChange) {}
}

extension Listener {
    /// All.
    public var flowStates: Set<FlowState>? { nil }

    /// All.
    public var atomStates: Set<AtomState>? { nil }

    /// Not called.
    public func flowChanged(_ change: FlowChange) async throws -> NotImplemented { NotImplemented() }

    /// Not called.
    public func atomChanged(_ change: AtomChange) async throws -> NotImplemented { NotImplemented() }
}

/// That a listener listens to an engine, until ``deregister()``.
public struct ListenerRegistration: Sendable {
    let notifier: Notifier<FlowChange>
    let flow: Int
    let atomNotifier: Notifier<AtomChange>
    let atom: Int

    /// Whether it still listens.
    public var isRegistered: Bool { notifier.isRegistered(flow) && atomNotifier.isRegistered(atom) }

    /// Tells the listener nothing more. A second time does nothing.
    ///
    /// - Returns: whether it listened.
    @discardableResult
    public func deregister() -> Bool {
        let listened = notifier.deregister(flow)
        return atomNotifier.deregister(atom) && listened
    }
}

extension Engine {
    /// Tells `listener` of every change from now on.
    ///
    /// - Returns: what ends it; without that, it ends with the engine.
    @discardableResult
    public nonisolated func listen<L: Listener>(with listener: L) -> ListenerRegistration {
        let name = "\(L.self)"
        return ListenerRegistration(
            notifier: notifier,
            flow: notifier.register(listener.flowStates, named: name) { listener.flowChanged($0) },
            atomNotifier: atomNotifier,
            atom: atomNotifier.register(listener.atomStates, named: name) { listener.atomChanged($0) }
        )
    }

    /// Tells `listener` of every change while `body` runs, and of none after that, even if `body` throws.
    ///
    /// - Throws: what `body` throws.
    public nonisolated func listening<L: Listener, Result>(
        with listener: L,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        let registration = listen(with: listener)
        defer { registration.deregister() }
        return try await body()
    }
}
