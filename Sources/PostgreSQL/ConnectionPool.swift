internal import DequeModule
internal import Dispatch
internal import SQL
internal import Synchronization

/// The connections of a database, each of which is lent to one transaction at a time. Waiting for one blocks no thread.
final class ConnectionPool: Sendable {
    /// A place for a connection, which is made when it is first needed.
    final class Slot: Sendable {
        let connection = Mutex<PostgreSQLConnection?>(nil)
    }

    /// The purpose of a transaction.
    enum Purpose { case reading, writing }

    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Slot, any Error>
    }

    private struct State {
        /// The free slots. The last one was used last, and is taken first, so that there are no more connections than needed.
        var free: [Slot]
        var writing = 0
        var readers: Deque<Waiter> = []
        var writers: Deque<Waiter> = []
        var number = 0
    }

    private let state: Mutex<State>
    /// All slots.
    let slots: [Slot]
    /// The number of transactions that may write at once. The others are left to those that read, because a writer may
    /// wait for those of other processes.
    private let writerLimit: Int

    init(readers: Int, writers: Int) {
        slots = (0..<readers + writers).map { _ in Slot() }
        writerLimit = writers
        state = Mutex(State(free: slots.reversed()))
    }

    /// Lends a slot, as soon as one is free.
    ///
    /// - Throws: `outOfTime` if none is until `deadline`.
    func take(for purpose: Purpose, until deadline: ContinuousClock.Instant?) async throws -> Slot {
        if let slot = state.withLock({ takeNow(for: purpose, &$0) }) { return slot }
        return try await withCheckedThrowingContinuation { continuation in
            let taken: Slot? = state.withLock { state in
                if let slot = takeNow(for: purpose, &state) { return slot }
                state.number += 1
                let waiter = Waiter(number: state.number, continuation: continuation)
                switch purpose {
                case .reading: state.readers.append(waiter)
                case .writing: state.writers.append(waiter)
                }
                if let deadline { giveUp(state.number, at: deadline) }
                return nil
            }
            if let taken { continuation.resume(returning: taken) }
        }
    }

    /// Takes a slot back.
    func giveBack(_ slot: Slot, from purpose: Purpose) {
        let next: (Waiter, Slot)? = state.withLock { state in
            state.free.append(slot)
            if purpose == .writing { state.writing -= 1 }
            if state.writing < writerLimit, !state.writers.isEmpty, let slot = takeNow(for: .writing, &state) {
                return state.writers.popFirst().map { ($0, slot) }
            }
            if !state.readers.isEmpty, let slot = takeNow(for: .reading, &state) {
                return state.readers.popFirst().map { ($0, slot) }
            }
            return nil
        }
        if let (waiter, slot) = next { waiter.continuation.resume(returning: slot) }
    }

    private func takeNow(for purpose: Purpose, _ state: inout State) -> Slot? {
        guard purpose == .reading || state.writing < writerLimit, let slot = state.free.popLast() else { return nil }
        if purpose == .writing { state.writing += 1 }
        return slot
    }

    private func giveUp(_ number: Int, at deadline: ContinuousClock.Instant) {
        DispatchQueue.global()
            .asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: (deadline - .now).nanoseconds))) { [self] in
                let waiter: Waiter? = state.withLock { state in
                    if let index = state.writers.firstIndex(where: { $0.number == number }) {
                        return state.writers.remove(at: index)
                    }
                    if let index = state.readers.firstIndex(where: { $0.number == number }) {
                        return state.readers.remove(at: index)
                    }
                    return nil
                }
                waiter?.continuation.resume(throwing: SQLError.late)
            }
    }
}

extension SQLError {
    /// The error of a transaction that could not begin until its deadline.
    static let late = SQLError(.outOfTime, "others were writing until the deadline")
}

extension Duration {
    /// The duration in milliseconds, not negative.
    var milliseconds: Int64 { max(0, nanoseconds / 1_000_000) }
}
