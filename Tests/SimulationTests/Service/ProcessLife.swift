import SQL
import Synchronization
import VolumeDriver

/// Says that a simulated process is dead: nothing that it still does has an effect.
struct ProcessDied: Error {}

/// The processes that have died.
final class Graveyard: Sendable {
    private let numbers = Mutex<Set<Int64>>([])

    func add(_ number: Int64) { numbers.withLock { _ = $0.insert(number) } }

    func contains(_ number: Int64) -> Bool { numbers.withLock { $0.contains(number) } }
}

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
    private let graveyard: Graveyard
    /// Is called when the process has stopped.
    private let noteStop: @Sendable () -> Void

    init(_ number: Int64, _ fate: Fate?, _ graveyard: Graveyard, noteStop: @escaping @Sendable () -> Void) {
        (self.number, self.graveyard, self.noteStop) = (number, graveyard, noteStop)
        state = Mutex(State(fate: fate))
    }

    var isDead: Bool { state.withLock(\.isDead) }

    func requireAlive() throws(ProcessDied) {
        if isDead { throw ProcessDied() }
    }

    /// A moment of the driver.
    func callDriver() throws(DriverError) {
        let (isDead, fails) = state.withLock { state in
            advance(&state)
            guard case .failure(let from) = state.fate, from <= state.moment else { return (state.isDead, false) }
            state.fate = nil
            return (state.isDead, true)
        }
        if isDead { throw DriverError(.broken, "the process is dead") }
        if fails { throw DriverError(.retryableElsewhere, "told to fail") }
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

    /// Kills a stopped process.
    func kill() {
        state.withLock { $0.isDead = true }
        graveyard.add(number)
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
        graveyard.add(number)
    }
}

/// Which simulated processes are alive.
struct SimulatedLiveness: Liveness {
    let own: Owner
    let graveyard: Graveyard

    var isWatched: Bool { false }

    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool { graveyard.contains(owner) }

    /// Simulated processes are never sure that there are no others.
    func isAlone(in connection: any SQLConnection) -> Bool { false }

    func programs(leftBy owner: Int64) -> (any LeftPrograms)? { nil }

    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result { try await body() }

    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? { try await body() }
}
