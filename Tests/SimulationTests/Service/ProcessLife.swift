import Synchronization
import TestKit
import VolumeDriver

/// Says that a simulated process is dead: nothing that it still does has an effect.
struct ProcessDied: Error {}

/// The life of a simulated process, counted in moments: before and after each commit, before and after each call of the
/// driver.
final class ProcessLife: Sendable {
    /// An event in the life of a process, from the moment of this number.
    enum Fate: Sendable, Hashable {
        /// It dies at the moment.
        case death(at: Int)
        /// The first call of the driver from then on fails, before or after its effect.
        case failure(from: Int)
        /// It stops at the first commit from then on, until it is told to go on.
        case stop(from: Int)
        /// The answer to the first commit from then on is lost, whether the commit happens or not.
        case loss(from: Int, isCommitted: Bool)
    }

    private struct State {
        var fate: Fate?
        var moment = 0
        var isDead = false
        var stopped: CheckedContinuation<Void, any Error>?
    }

    /// The number that identifies the process as the owner of flows.
    let number: Int64
    private let state: Mutex<State>
    private let leases: SimulatedLeases
    /// Is called when the process has stopped.
    private let noteStop: @Sendable () -> Void

    init(_ number: Int64, _ fate: Fate?, _ leases: SimulatedLeases, noteStop: @escaping @Sendable () -> Void) {
        (self.number, self.leases, self.noteStop) = (number, leases, noteStop)
        state = Mutex(State(fate: fate))
    }

    var isDead: Bool { state.withLock(\.isDead) }

    func requireAlive() throws(ProcessDied) {
        if isDead { throw ProcessDied() }
    }

    /// A moment of the driver.
    func callDriver(_ call: HookedDriver.Call, _ position: HookedDriver.Moment) throws(DriverError) {
        if position == .before, !isDead, Self.changes.contains(call) { leases.noteCall(call.rawValue, by: number) }
        let (isDead, fails) = state.withLock { state in
            advance(&state)
            guard case .failure(let from) = state.fate, from <= state.moment else { return (state.isDead, false) }
            state.fate = nil
            return (state.isDead, true)
        }
        if isDead { throw DriverError(.broken, "the process is dead") }
        if fails { throw DriverError(.retryableElsewhere, "told to fail") }
    }

    /// The calls that change what others see.
    private static let changes: Set<HookedDriver.Call> = [
        .create, .delete, .extend, .createSnapshot, .deleteSnapshot, .createFromSnapshot, .revert, .clone, .writeImage,
        .attach, .detach, .export, .unexport, .manage, .unmanage,
    ]

    /// Whether the answer to the commit that follows is lost, and if so, whether the commit happens.
    func loseAnswer() -> Bool? {
        state.withLock { state in
            guard case .loss(let from, let isCommitted) = state.fate, from <= state.moment else { return nil }
            state.fate = nil
            return isCommitted
        }
    }

    /// A moment of the database.
    func commit() async throws {
        let stops = try state.withLock { state throws(ProcessDied) in
            advance(&state)
            if state.isDead { throw ProcessDied() }
            guard case .stop(let from) = state.fate, from <= state.moment else { return false }
            state.fate = nil
            return true
        }
        guard stops else { return }
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { $0.stopped = continuation }
            noteStop()
        }
    }

    /// Lets a stopped process go on.
    func goOn() { takeStopped()?.resume() }

    /// Lets the lease of a stopped process run out.
    func loseLease() { leases.expire(number) }

    /// Whether others have taken over what the process held.
    var isReplaced: Bool { leases.isBuried(number) }

    /// Renews the lease, unless others have taken over.
    func renewLease() { leases.renew(number) }

    /// Ends the process, which may have stopped.
    func kill() {
        state.withLock { $0.isDead = true }
        leases.bury(number)
        takeStopped()?.resume(throwing: ProcessDied())
    }

    private func takeStopped() -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            defer { state.stopped = nil }
            return state.stopped
        }
    }

    private func advance(_ state: inout State) {
        state.moment += 1
        guard state.fate == .death(at: state.moment) else { return }
        state.isDead = true
        leases.bury(number)
    }
}
