/// Is notified of every change of a flow and its steps.
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
/// A listener is called between two steps, in the order of the changes, and the flow waits for it. Work that takes long
/// should move to another task; ``HandlerWatch`` reports slow listeners. A listener can't throw, so it can't break the
/// flow.
///
/// The start and the end of a transactional step are both notified after its transaction.
public protocol Listener: ChangeHandling {
    /// Inferred; tells the compiler whether there is a `flowChanged`. Listeners don't declare it.
    associatedtype FlowReply = NotImplemented

    /// Inferred; tells the compiler whether there is an `atomChanged`. Listeners don't declare it.
    associatedtype AtomReply = NotImplemented

    /// The states of flows to be notified of; `nil`, the default, for all.
    var flowStates: Set<FlowState>? { get }

    /// The states of steps to be notified of; `nil`, the default, for all.
    var atomStates: Set<AtomState>? { get }

    /// Never called. It makes a `flowChanged` that can throw or suspend, and so would never be called, a compile error.
    func flowChanged(_ change: FlowChange) async throws -> FlowReply

    /// Never called. It makes an `atomChanged` that can throw or suspend, and so would never be called, a compile
    /// error.
    func atomChanged(_ change: AtomChange) async throws -> AtomReply
}

/// The functions through which a ``Listener`` is notified.
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
    /// All states.
    public var flowStates: Set<FlowState>? { nil }

    /// All states.
    public var atomStates: Set<AtomState>? { nil }

    /// Not called.
    public func flowChanged(_ change: FlowChange) async throws -> NotImplemented { NotImplemented() }

    /// Not called.
    public func atomChanged(_ change: AtomChange) async throws -> NotImplemented { NotImplemented() }
}

/// The registration of a listener with an engine.
public struct ListenerRegistration: Sendable {
    let notifier: Notifier<FlowChange>
    let flow: Int
    let atomNotifier: Notifier<AtomChange>
    let atom: Int

    /// Whether the listener is still registered.
    public var isRegistered: Bool { notifier.isRegistered(flow) && atomNotifier.isRegistered(atom) }

    /// Ends the registration. Idempotent.
    ///
    /// - Returns: whether the listener was registered.
    @discardableResult
    public func deregister() -> Bool {
        let listened = notifier.deregister(flow)
        return atomNotifier.deregister(atom) && listened
    }
}

extension Engine {
    /// Notifies `listener` of every change from now on.
    ///
    /// - Returns: the registration; unless it is ended, it lasts as long as the engine.
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

    /// Notifies `listener` of every change while `body` runs, and of none after that, even if `body` throws.
    public nonisolated func listening<L: Listener, Result>(
        with listener: L,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        let registration = listen(with: listener)
        defer { registration.deregister() }
        return try await body()
    }
}
