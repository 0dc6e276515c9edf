internal import Synchronization

/// Tells whoever registered of what happens, such as changes of state, in the order in which it is decided.
///
/// A handler is told of what is decided after its registration, and of nothing else. Of one change all handlers are told in
/// the order of their registration, before anybody is told of the next. They are called between two steps, one at a time,
/// and the flow waits for them: ``HandlerWatch`` notices those that take long. Only of progress they are told at once, by the
/// step that has made it. Where nobody has registered for a state, nothing is made of a change to it.
public final class Notifier<Change: Occurrence>: Sendable {
    private struct Registration: Sendable {
        let number: Int
        let name: String
        let states: Set<Change.Kind>?
        let condition: (@Sendable (Change) -> Bool)?
        let handler: @Sendable (Change) -> Void

        func call(_ change: Change) {
            if condition?(change) ?? true { handler(change) }
        }
    }

    private struct Registrations: Sendable {
        var last = 0
        var all: [Registration] = []
    }

    private let registrations = Mutex(Registrations())
    /// Looked at without the lock by flows to which nobody listens.
    private let isSilent = Atomic(true)
    private let watch: HandlerWatch?

    /// A notifier that nobody has registered with.
    ///
    /// - Parameter watch: what to do about handlers that take long; `nil` for nothing.
    public init(watch: HandlerWatch? = .standard) { self.watch = watch }

    /// Calls `handler` for each change to one of `states`, or to any.
    ///
    /// - Parameters:
    ///   - name: what the handler is called in a report of ``HandlerWatch``; the place of this call unless given.
    /// - Returns: what ``deregister(_:)`` takes.
    @discardableResult
    public func register(
        _ states: Set<Change.Kind>? = nil,
        named name: String? = nil,
        file: String = #fileID,
        line: Int = #line,
        _ handler: @escaping @Sendable (Change) -> Void
    ) -> Int {
        add(states, nil, name ?? "\(file):\(line)", handler)
    }

    /// Calls `handler` for each change to one of `states`, or to any, for which `condition` holds.
    ///
    /// - Parameters:
    ///   - condition: is called before the handler, in its place in the order.
    ///   - name: what the handler is called in a report of ``HandlerWatch``; the place of this call unless given.
    /// - Returns: what ``deregister(_:)`` takes.
    @discardableResult
    public func register(
        _ states: Set<Change.Kind>? = nil,
        where condition: @escaping @Sendable (Change) -> Bool,
        named name: String? = nil,
        file: String = #fileID,
        line: Int = #line,
        _ handler: @escaping @Sendable (Change) -> Void
    ) -> Int {
        add(states, condition, name ?? "\(file):\(line)", handler)
    }

    /// Calls `handler` for each change to one of `states`, or to any, while `body` runs, and not after that, even if `body`
    /// throws.
    ///
    /// - Throws: what `body` throws.
    public func withHandler<Result>(
        _ states: Set<Change.Kind>? = nil,
        file: String = #fileID,
        line: Int = #line,
        _ handler: @escaping @Sendable (Change) -> Void,
        during body: () async throws -> Result
    ) async rethrows -> Result {
        let number = add(states, nil, "\(file):\(line)", handler)
        defer { deregister(number) }
        return try await body()
    }

    /// Ends what ``register(_:named:file:line:_:)`` began. Unknown numbers are ignored.
    ///
    /// - Returns: whether it was registered.
    @discardableResult
    public func deregister(_ number: Int) -> Bool { remove { $0.number == number } > 0 }

    /// Ends all registrations.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func deregisterAll() -> Int { remove { _ in true } }

    /// Whether what ``register(_:named:file:line:_:)`` began has not ended.
    public func isRegistered(_ number: Int) -> Bool {
        registrations.withLock { $0.all.contains { $0.number == number } }
    }

    /// How many have registered.
    public var count: Int { registrations.withLock { $0.all.count } }

    private func add(
        _ states: Set<Change.Kind>?,
        _ condition: (@Sendable (Change) -> Bool)?,
        _ name: String,
        _ handler: @escaping @Sendable (Change) -> Void
    ) -> Int {
        registrations.withLock {
            $0.last += 1
            $0.all.append(
                Registration(number: $0.last, name: name, states: states, condition: condition, handler: handler)
            )
            isSilent.store(false, ordering: .releasing)
            return $0.last
        }
    }

    private func remove(_ isRemoved: (Registration) -> Bool) -> Int {
        registrations.withLock {
            let before = $0.all.count
            $0.all.removeAll(where: isRemoved)
            isSilent.store($0.all.isEmpty, ordering: .releasing)
            return before - $0.all.count
        }
    }

    // MARK: - For the engine

    /// The last registration so far, if anybody wants to be told of changes to `state`.
    func audience(for state: Change.Kind) -> Int? {
        guard !isSilent.load(ordering: .acquiring) else { return nil }
        return registrations.withLock {
            $0.all.contains { $0.states?.contains(state) ?? true } ? $0.last : nil
        }
    }

    /// Tells all who have registered. For whoever makes such changes beside the engine, such as a job board.
    public func notify(_ change: Change) { notify(change, upTo: .max) }

    /// Tells those who had registered when `change` was decided.
    ///
    /// - Parameter last: the last of them.
    func notify(_ change: Change, upTo last: Int) {
        let told = registrations.withLock {
            $0.all.filter { $0.number <= last && ($0.states?.contains(change.kind) ?? true) }
        }
        for registration in told {
            guard let watch else {
                registration.call(change)
                continue
            }
            let start = watch.elapsed()
            registration.call(change)
            let duration = watch.elapsed() - start
            guard duration >= watch.threshold else { continue }
            watch.report(
                HandlerWatch.SlowCall(
                    handler: registration.name,
                    change: "\(change.subject) is \((change.kind as? any RawRepresentable)?.rawValue ?? change.kind)",
                    duration: duration
                )
            )
        }
    }
}
