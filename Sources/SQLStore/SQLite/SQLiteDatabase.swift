internal import Dispatch
internal import Glibc
internal import Ownership
internal import Synchronization

/// A SQLite file in WAL mode with `synchronous = FULL`: what is committed survives a power cut.
///
/// Writers of this process queue up and share transactions; writers of other processes are waited for. Waiting for the
/// disk happens on threads of its own, never on those that run Swift's tasks.
final class SQLiteDatabase: SQLDatabase {
    private let path: String
    private let locks: OwnerLocks
    private let reserve: Reserve?
    /// `nil` where the file can't be written.
    private let writer: Mutex<SQLiteConnection?>
    private let reader: Mutex<SQLiteConnection>
    private let writing = DispatchQueue(label: "volumectl.sqlite.write")
    private let reading = DispatchQueue(label: "volumectl.sqlite.read")
    private let waiting = Mutex<[Job]>([])
    /// Whether the writer waits for other processes to end their turns.
    private let isAtLock = Atomic(false)
    /// Whether another process has been writing for longer than somebody here wanted to wait, and may still be.
    private let isHeldUp = Atomic(false)
    private let observer: CommitObserver?

    /// How many transactions have been made durable.
    let commitCount = Atomic(0)

    /// A body that waits for its transaction.
    private struct Job: Sendable {
        /// Runs the body; gives what it threw, and what to call when the transaction has ended well.
        let run: @Sendable (any SQLConnection) -> (failure: (any Error)?, settle: @Sendable () -> Void)
        /// What to call when the transaction has failed.
        let refuse: @Sendable (any Error) -> Void
    }

    /// Opens `path` with the tables of `schemas`, made or brought up to date if they aren't.
    init(path: String, schemas: [Schema], locks: OwnerLocks, reserve: Reserve, observer: CommitObserver?) throws {
        try locks.verifyPlace()
        reserve.makeRoom()
        let connection = try SQLiteConnection(.writing(path), locks: locks)
        if try !Self.isReady(connection, schemas) {
            try locks.exclusively {
                try connection.executeScript("PRAGMA journal_mode = WAL")
                try connection.executeScript("BEGIN IMMEDIATE")
                try schemas.apply(to: connection)
                try connection.executeScript("COMMIT")
            }
        }
        writer = Mutex(connection)
        let reading = try SQLiteConnection(.writing(path), locks: locks)
        try reading.executeScript("PRAGMA query_only = ON")
        reader = Mutex(reading)
        (self.path, self.locks, self.reserve, self.observer) = (path, locks, reserve, observer)
    }

    /// Opens `path`, which can't be written, as it is; without a file, an empty database.
    init(reading path: String, schemas: [Schema], locks: OwnerLocks) throws {
        let reading: SQLiteConnection
        if try DatabaseFile.exists(path) {
            reading = try DatabaseFile.openForReading(path, locks)
            guard try schemas.areApplied(to: reading) else {
                throw SQLError(.notPermitted, "\(path): an older program made it, and it can't be brought up to date")
            }
        } else {
            reading = try SQLiteConnection(.memory)
            try schemas.apply(to: reading)
        }
        try reading.executeScript("PRAGMA query_only = ON")
        writer = Mutex(nil)
        reader = Mutex(reading)
        (self.path, self.locks, reserve, observer) = (path, locks, nil, nil)
    }

    private static func isReady(_ connection: SQLiteConnection, _ schemas: [Schema]) throws(SQLError) -> Bool {
        let mode: String? = try connection.query("PRAGMA journal_mode").first.map { row throws(SQLError) in try row(0) }
        return try schemas.areApplied(to: connection) && mode == "wal"
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            reading.async { [self] in
                continuation.resume(
                    with: Swift.Result {
                        try reader.withLock { connection in
                            try connection.execute("BEGIN")
                            // A reading transaction has nothing to lose: how it ends doesn't matter.
                            defer { _ = try? connection.execute("COMMIT") }
                            return try body(connection)
                        }
                    }
                )
            }
        }
    }

    func write<Result: Sendable>(
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let place = Place()
            let expiry = SQLError(.outOfTime, "another process was writing until the time was over")
            let job = Job { connection in
                guard place.take() else { return (expiry, {}) }
                let result = Swift.Result { try body(connection) }
                let failure: (any Error)? = if case .failure(let error) = result { error } else { nil }
                return (failure, { continuation.resume(with: result) })
            } refuse: {
                if !place.isGivenUp { continuation.resume(throwing: $0) }
            }
            if let deadline {
                // A body whose time is over has its turn all the same where nobody keeps it waiting.
                giveUp(place, after: max(.seconds(1), deadline - .now)) { continuation.resume(throwing: expiry) }
            }
            let isFirst = waiting.withLock { jobs in
                jobs.append(job)
                return jobs.count == 1
            }
            if isFirst { writing.async { self.drain() } }
        }
    }

    /// Gives up a place once that much time has passed and another process is what it waits for.
    private func giveUp(_ place: Place, after time: Duration, _ settle: @escaping @Sendable () -> Void) {
        DispatchQueue.global()
            .asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: time.nanoseconds))) { [self] in
                guard place.isWaiting else { return }
                guard isAtLock.load(ordering: .relaxed) else { return giveUp(place, after: .milliseconds(100), settle) }
                guard place.giveUp() else { return }
                isHeldUp.store(true, ordering: .relaxed)
                settle()
            }
    }

    /// Runs all that waits in one transaction. What arrives meanwhile is the next one's.
    private func drain() {
        isAtLock.store(true, ordering: .relaxed)
        let turn = locks.takeTurn()
        defer {
            isAtLock.store(false, ordering: .relaxed)
            isHeldUp.store(false, ordering: .relaxed)
            turn.end()
        }
        let jobs = waiting.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        do {
            for settle in try writer.withLock({ try transact(jobs, on: $0) }) { settle() }
        } catch {
            for job in jobs { job.refuse(error) }
        }
    }

    private func transact(_ jobs: [Job], on connection: SQLiteConnection?) throws -> [@Sendable () -> Void] {
        guard let connection else { throw SQLError(.notPermitted, "\(path): it can't be written") }
        reserve?.makeRoom()
        try connection.execute("BEGIN IMMEDIATE")
        isAtLock.store(false, ordering: .relaxed)
        do {
            // Whoever opens the path now would take this process for dead.
            do throws(OwnerLockError) { try locks.verifyPlace() } catch { throw SQLError(error) }
            var results: [(failure: (any Error)?, settle: @Sendable () -> Void)] = []
            for job in jobs {
                try connection.execute("SAVEPOINT job")
                let result = job.run(connection)
                if let failure = result.failure {
                    try connection.undo(to: "job", because: failure)
                } else {
                    try connection.execute("RELEASE job")
                }
                results.append(result)
            }
            if results.contains(where: { $0.failure == nil }) {
                try commit(connection)
            } else {
                try connection.execute("ROLLBACK")
            }
            return results.map(\.settle)
        } catch {
            _ = try? connection.execute("ROLLBACK")
            throw error
        }
    }

    /// Moves the log into the file, unless another process that writes is alive, and will do so when it ends.
    func close() async {
        // Whoever writes has the log moved when it ends.
        guard !isHeldUp.load(ordering: .relaxed) else { return }
        await withCheckedContinuation { continuation in
            writing.async { [self] in
                // First, so that of several that end at once the last one finds nobody.
                locks.retire()
                if !locks.isShared, DatabaseFile.hasLog(path) {
                    // The log is as durable as the file: where this fails, it stays in use.
                    writer.withLock { try? $0?.checkpoint() }
                }
                continuation.resume()
            }
        }
    }

    /// Writes a checked copy of the database to a new file.
    func backup(to target: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            reading.async { [self] in
                continuation.resume(with: Swift.Result { try DatabaseCopy(of: path, locks).write(to: target) })
            }
        }
    }

    private func commit(_ connection: SQLiteConnection) throws {
        observer?(.before)
        try connection.execute("COMMIT")
        commitCount.add(1, ordering: .relaxed)
        observer?(.after)
    }
}

/// The place of a body in the queue of those that wait to write: it is called or given up, never both.
private final class Place: Sendable {
    private enum State { case waiting, taken, givenUp }
    private let state = Mutex(State.waiting)

    var isWaiting: Bool { state.withLock { $0 == .waiting } }
    var isGivenUp: Bool { state.withLock { $0 == .givenUp } }

    func take() -> Bool { leave(.taken) }
    func giveUp() -> Bool { leave(.givenUp) }

    private func leave(_ next: State) -> Bool {
        state.withLock { state in
            guard state == .waiting else { return false }
            state = next
            return true
        }
    }
}

extension Duration {
    /// In nanoseconds; at most about 292 years.
    fileprivate var nanoseconds: Int64 {
        Int64(clamping: Int128(components.seconds) * 1_000_000_000 + Int128(components.attoseconds / 1_000_000_000))
    }
}

/// Hears of every commit, on the thread that makes it: for tests that stop the process there.
package typealias CommitObserver = @Sendable (CommitMoment) -> Void

/// Where a commit is.
package enum CommitMoment: Sendable, Hashable {
    /// All is written and nothing is durable.
    case before
    /// All is durable and nobody has been told.
    case after
}
