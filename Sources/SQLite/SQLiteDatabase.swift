internal import Dispatch
internal import Glibc
internal import Ownership
public import SQL
internal import Synchronization

/// A SQLite file in WAL mode with `synchronous = FULL`: what is committed survives a power cut.
///
/// Writers of this process queue up and share transactions; writers of other processes are waited for. Waiting for the
/// disk happens on threads of its own, never on those that run Swift's tasks.
public final class SQLiteDatabase: SQLDatabase {
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
    private let commits = Atomic(0)

    /// A body that waits for its transaction.
    private struct Job: Sendable {
        /// Runs the body; gives what it threw, and what to call when the transaction has ended well.
        let run: @Sendable (any SQLConnection) -> (failure: (any Error)?, settle: @Sendable () -> Void)
        /// What to call when the transaction has failed.
        let refuse: @Sendable (any Error) -> Void
    }

    /// Opens the database at `path`, made if it isn't there, readable by nobody else.
    ///
    /// - Parameter access: what the database is wanted for.
    /// - Throws: ``SQLError``.
    public convenience init(path: String, access: DatabaseAccess = .change) throws {
        try self.init(path: path, access: access, observer: nil)
    }

    /// Opens a database whose commits are observed.
    package init(path: String, access: DatabaseAccess = .change, observer: CommitObserver?) throws {
        let path = try DatabaseFile.resolve(path)
        (locks, reserve) = try Self.lock(path, access)
        (self.path, self.observer, liveness) = (path, observer, FileLiveness(locks))
        let reading: SQLiteConnection
        if let reserve {
            reserve.makeRoom()
            writer = Mutex(try Self.openForWriting(path, locks))
            reading = try SQLiteConnection(.writing(path), locks: locks)
            reserve.fill()
        } else {
            writer = Mutex(nil)
            reading =
                try DatabaseFile.exists(path)
                ? DatabaseFile.openForReading(path, locks) : SQLiteConnection(.memory)
        }
        try reading.executeScript("PRAGMA query_only = ON")
        reader = Mutex(reading)
    }

    /// What shows that this process is alive, and the room that is kept back; only what shows others where the files can't
    /// be written.
    private static func lock(_ path: String, _ access: DatabaseAccess) throws(SQLError) -> (OwnerLocks, Reserve?) {
        let files = DatabaseFile.lockFiles(of: path)
        do throws(OwnerLockError) {
            let locks = try OwnerLocks(paths: files)
            try locks.verifyPlace()
            return (locks, Reserve(beside: path))
        } catch {
            guard access == .look, error.isPermission || error.isMissing else { throw SQLError(error) }
            return (OwnerLocks(lookingAt: files), nil)
        }
    }

    private static func openForWriting(_ path: String, _ locks: OwnerLocks) throws -> SQLiteConnection {
        let connection = try SQLiteConnection(.writing(path), locks: locks)
        let mode: String? = try connection.query("PRAGMA journal_mode").first.map { row throws(SQLError) in try row(0) }
        if mode != "wal" {
            try exclusively(locks) { try connection.executeScript("PRAGMA journal_mode = WAL") }
        }
        return connection
    }

    /// Runs `body` while no other process makes or migrates the database.
    private static func exclusively(_ locks: OwnerLocks, _ body: () throws -> Void) throws {
        do {
            try locks.exclusively(body)
        } catch let error as OwnerLockError {
            throw SQLError(error)
        }
    }

    /// Which of the processes that use the file are alive.
    public let liveness: any Liveness

    /// Whether the database can only be read, as its files can't be written.
    public var isReadOnly: Bool { reserve == nil }

    /// How many transactions have been made durable.
    package var commitCount: Int { commits.load(ordering: .relaxed) }

    /// Makes the tables of `schemas`, or brings them up to date.
    ///
    /// - Throws: ``SQLError``: `schemaFromTheFuture`; `notPermitted` when they are not up to date and can't be written.
    public func install(_ schemas: [Schema]) throws {
        guard !isReadOnly else { return try verify(schemas) }
        try writer.withLock { connection in
            guard let connection, try !schemas.areApplied(to: connection) else { return }
            reserve?.makeRoom()
            try Self.exclusively(locks) {
                try connection.executeScript("BEGIN IMMEDIATE")
                do {
                    try schemas.apply(to: connection)
                    try connection.executeScript("COMMIT")
                } catch {
                    _ = try? connection.execute("ROLLBACK")
                    throw error
                }
            }
        }
    }

    /// Makes sure that tables which can't be written are up to date. Where there is no file, they are made in memory.
    private func verify(_ schemas: [Schema]) throws {
        try reader.withLock { connection in
            guard try !schemas.areApplied(to: connection) else { return }
            guard connection.isInMemory else {
                throw SQLError(.notPermitted, "\(path): an older program made it, and it can't be brought up to date")
            }
            try connection.executeScript("PRAGMA query_only = OFF")
            try schemas.apply(to: connection)
            try connection.executeScript("PRAGMA query_only = ON")
        }
    }

    /// Runs `body` on one unchanging state of the database. What it writes is refused.
    public func read<Result: Sendable>(
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

    /// Runs `body` in a transaction that is durable when this returns and undone if this throws.
    public func write<Result: Sendable>(
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

    /// Refuses what needs room to stay, if there is hardly any: what frees room has to be possible afterwards.
    ///
    /// - Throws: ``SQLError``: `full`.
    public func requireRoom() throws {
        guard let reserve, !reserve.fill() else { return }
        throw SQLError(.full, "\(path): less than 2 MiB are free on its file system, which are kept for removals")
    }

    /// Moves all that is committed into the database's own file, so that a copy of it is complete, unless another process
    /// writes: then the last one to close does. To be called when nothing is to be written any more.
    public func close() async {
        // Whoever writes has the log moved when it ends.
        if !isReadOnly, !isHeldUp.load(ordering: .relaxed) { await moveLog() }
        reserve?.fill()
    }

    private func moveLog() async {
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

    /// Writes a copy of the database as it is now to a file that isn't there, and checks the copy.
    ///
    /// - Throws: ``SQLError``: `exists` when there is such a file.
    public func backup(to target: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            reading.async { [self] in
                continuation.resume(with: Swift.Result { try DatabaseCopy(of: path, locks).write(to: target) })
            }
        }
    }

    private func commit(_ connection: SQLiteConnection) throws {
        observer?(.before)
        try connection.execute("COMMIT")
        commits.add(1, ordering: .relaxed)
        observer?(.after)
    }
}
