import SQL
import Synchronization

/// The leases of the simulated processes on what they hold, as the database knows them.
final class SimulatedLeases: Sendable {
    private enum Standing {
        /// The lease has run out, and the process may still renew it.
        case expired
        /// Another process has taken over, or may do so because this one has died.
        case buried
    }

    private struct State {
        /// The processes whose leases do not hold.
        var standings: [Int64: Standing] = [:]
        var violation: String?
    }

    private let state = Mutex(State())

    /// Notes that a process has died.
    func bury(_ number: Int64) { state.withLock { $0.standings[number] = .buried } }

    /// Lets the lease of a process run out.
    func expire(_ number: Int64) {
        state.withLock { $0.standings[number] = $0.standings[number] ?? .expired }
    }

    /// Renews a lease, unless others have taken over.
    func renew(_ number: Int64) {
        state.withLock { state in
            if state.standings[number] == .expired { state.standings[number] = nil }
        }
    }

    func isHeld(_ number: Int64) -> Bool { state.withLock { $0.standings[number] == nil } }

    func isBuried(_ number: Int64) -> Bool { state.withLock { $0.standings[number] == .buried } }

    /// Whether what a process holds can be taken over; from then on, it can't renew its lease.
    func canTakeOver(from number: Int64) -> Bool {
        state.withLock { state in
            guard state.standings[number] != nil else { return false }
            state.standings[number] = .buried
            return true
        }
    }

    /// Notes that a call of a driver begins, which changes something.
    func noteCall(_ call: String, by number: Int64) {
        state.withLock { state in
            guard state.standings[number] != nil else { return }
            state.violation = "process \(number) calls \(call) after its lease has run out"
        }
    }

    /// The first promise about leases that was broken.
    var violation: String? { state.withLock(\.violation) }
}

/// Which simulated processes are alive.
struct SimulatedLiveness: Liveness {
    let own: Owner
    let leases: SimulatedLeases
    /// Whether the process trusts its lease after its end.
    let trustsForEver: Bool

    var isWatched: Bool { false }

    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool {
        owner != own.number && leases.canTakeOver(from: owner)
    }

    func confirm() throws(SQLError) {
        guard trustsForEver || leases.isHeld(own.number) else {
            throw SQLError(.leaseLost, "the lease of \(own.label) has run out")
        }
    }

    var isReplaced: Bool { leases.isBuried(own.number) }

    /// Simulated processes are never sure that there are no others.
    func isAlone(in connection: any SQLConnection) -> Bool { false }

    func programs(leftBy owner: Int64) -> (any LeftPrograms)? { nil }

    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result { try await body() }

    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? { try await body() }
}
