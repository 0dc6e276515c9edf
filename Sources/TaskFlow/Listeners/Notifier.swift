internal import Synchronization

/// Notifies registered handlers of occurrences, such as changes of state, in the order in which they happen.
///
/// A handler is notified only of changes that happen after its registration. All handlers are notified of one change,
/// in the order of their registration, before any is notified of the next. They are called between two steps, one at a
/// time, and the flow waits for them; ``HandlerWatch`` reports slow ones. Only of progress they are notified at once,
/// by the step that reports it. A change to a state for which no handler is registered costs nothing.
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
    /// Whether there are no registrations. Read without the lock, so that flows without listeners pay almost nothing.
    private let isSilent = Atomic(true)
    private let watch: HandlerWatch?

    /// Creates a notifier without handlers.
    ///
    /// - Parameter watch: how slow handlers are reported; `nil` if they aren't.
    public init(watch: HandlerWatch? = .standard) { self.watch = watch }

    /// Registers `handler` for changes to one of `states`, or to any state if `nil`.
    ///
    /// - Parameters:
    ///   - name: the handler's name in a report of ``HandlerWatch``; by default the file and line of this call.
    /// - Returns: the number of the registration, for ``deregister(_:)``.
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

    /// Registers `handler` for changes to one of `states`, or to any state if `nil`, for which `condition` holds.
    ///
    /// - Parameters:
    ///   - condition: called immediately before the handler.
    ///   - name: the handler's name in a report of ``HandlerWatch``; by default the file and line of this call.
    /// - Returns: the number of the registration, for ``deregister(_:)``.
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

    /// Registers `handler` for changes to one of `states`, or to any state if `nil`, until `body` returns or throws.
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

    /// Ends a registration. Unknown numbers are ignored.
    ///
    /// - Returns: whether there was such a registration.
    @discardableResult
    public func deregister(_ number: Int) -> Bool { remove { $0.number == number } > 0 }

    /// Ends all registrations.
    ///
    /// - Returns: the number of registrations.
    @discardableResult
    public func deregisterAll() -> Int { remove { _ in true } }

    /// Whether there is a registration of that number.
    public func isRegistered(_ number: Int) -> Bool {
        registrations.withLock { $0.all.contains { $0.number == number } }
    }

    /// The number of registrations.
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

    /// The number of the last registration so far; `nil` if no handler is registered for changes to `state`.
    func audience(for state: Change.Kind) -> Int? {
        guard !isSilent.load(ordering: .acquiring) else { return nil }
        return registrations.withLock {
            $0.all.contains { $0.states?.contains(state) ?? true } ? $0.last : nil
        }
    }

    /// Notifies all registered handlers of `change`, for sources other than the engine, such as a job board.
    public func notify(_ change: Change) { notify(change, upTo: .max) }

    /// Notifies the handlers that were registered when `change` happened.
    ///
    /// - Parameter last: the number of the last of these registrations.
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
