internal import Glibc
internal import SQL
internal import Synchronization

/// The lease of this process on all that it holds: a row that a thread of its own renews on a connection of its own, so
/// that neither Swift's pool nor a busy database delays a renewal.
///
/// The process trusts the lease until the *beginning* of its last successful renewal plus the lease's duration, less a
/// margin. The server has counted from a later moment, so it outlives that trust. This is measured by the continuous
/// clock, which is `CLOCK_BOOTTIME`: it also counts the time in which the machine is suspended, as the server does. By a
/// clock that stops then, a host that wakes up would trust a lease that others have long taken over.
final class OwnerLease: Sendable {
    private enum Standing {
        /// The process has not written yet, and has no row.
        case unregistered
        case held
        /// Another process has buried this one.
        case lost
        case ended
    }

    private struct State {
        var standing = Standing.unregistered
        /// The end of the trust in the lease.
        var end: ContinuousClock.Instant?
    }

    private let owner: Owner
    private let place: String?
    private let address: ServerAddress
    private let terms: LeaseTerms
    private let state = Mutex(State())
    /// Held while the process is registered.
    private let registering = Mutex(())
    /// Rung when the renewals are to end.
    private let end = Bell()

    init(of owner: Owner, in place: String?, at address: ServerAddress, terms: LeaseTerms) {
        (self.owner, self.place, self.address, self.terms) = (owner, place, address, terms)
    }

    /// Adds the row of this process before its first transaction that writes, and begins to renew it. A process that only
    /// reads has no row.
    ///
    /// - Parameter connection: a connection without a transaction.
    /// - Throws: ``SQLError``: `leaseLost` if another process has buried this one.
    func register(on connection: PostgreSQLConnection) throws(SQLError) {
        switch state.withLock(\.standing) {
        case .held, .ended: return
        case .lost: throw lost
        case .unregistered: break
        }
        try registering.withLock { _ throws(SQLError) in
            guard state.withLock({ $0.standing == .unregistered }) else { return }
            let start = ContinuousClock.now
            try OwnerTable(connection: connection).add(owner, host: HostLocks.host, place: place, for: terms.duration)
            note(.held, from: start)
            guard startThread() else {
                throw SQLError(.full, "the system has no thread for the renewals of this process's lease")
            }
        }
    }

    /// Checks that no other process can have taken over what this one holds, and will not within the margin.
    ///
    /// - Parameter isDoubted: whether that was not so before, and a program that was needed could not begin.
    /// - Throws: ``SQLError``: `leaseLost` otherwise.
    func confirm(isDoubted: Bool = false) throws(SQLError) {
        let state = state.withLock { $0 }
        if state.standing == .lost { throw lost }
        guard let end = state.end, end <= .now || isDoubted else { return }
        throw SQLError(
            .leaseLost,
            "this process has not reached the server for \(terms.duration - terms.margin), and others may take over its flows",
            advice: "check the connection to the server; the flow is continued by the next process that reaches it"
        )
    }

    /// Whether another process has buried this one.
    var isLost: Bool { state.withLock { $0.standing == .lost } }

    /// Ends the renewals.
    ///
    /// - Returns: whether the process has a row.
    @discardableResult
    func stop() -> Bool {
        let standing = state.withLock { state in
            defer { state.standing = .ended }
            return state.standing
        }
        if standing == .held { end.ring() }
        return standing == .held
    }

    private var lost: SQLError {
        SQLError(
            .leaseLost,
            "this process was out of reach for longer than \(terms.duration), and others have taken over its flows",
            advice: "start it again; the flows are continued by other processes"
        )
    }

    private func note(_ standing: Standing, from start: ContinuousClock.Instant) {
        state.withLock { state in
            guard state.standing != .ended else { return }
            (state.standing, state.end) = (standing, start + terms.duration - terms.margin)
        }
    }

    /// Renews the lease until it is lost or ended.
    private func keep() {
        var (connection, pause) = (PostgreSQLConnection?.none, terms.interval)
        while !end.hasRung(within: pause) {
            let (start, wasConnected) = (ContinuousClock.now, connection != nil)
            do throws(SQLError) {
                let current = if let connection { connection } else { try PostgreSQLConnection(address) }
                connection = current
                // A server that hangs must leave time for another attempt.
                guard try current.renewLease(of: owner.number, for: terms.duration, within: terms.interval) else {
                    return state.withLock { if $0.standing == .held { $0.standing = .lost } }
                }
                note(.held, from: start)
                pause = terms.interval
            } catch {
                connection = nil
                // A connection may be lost while the server can be reached by another one.
                pause = wasConnected ? .zero : terms.interval / 4
            }
        }
    }

    private func startThread() -> Bool {
        let lease = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            nil,
            { pointer in
                if let pointer { Unmanaged<OwnerLease>.fromOpaque(pointer).takeRetainedValue().keep() }
                return nil
            },
            lease.toOpaque()
        )
        if failure == 0 { pthread_detach(thread) } else { lease.release() }
        return failure == 0
    }
}
