internal import Dispatch
internal import Glibc
internal import Ownership
public import SQL
internal import Synchronization
internal import Threads

/// An SQLite file in WAL mode with `synchronous = FULL`: a committed transaction survives a power cut.
///
/// Concurrent writes of this process share transactions, and wait for writers of other processes. All waiting happens
/// on separate threads, never on those of Swift's pool. A task on a thread of ``BlockingExecutor`` waits on that.
public final class SQLiteDatabase: SQLDatabase {
    let path: String
    let locks: OwnerLocks
    /// `nil` if the file can't be written.
    private let soundness: Soundness?
    private let reserve: Reserve?
    /// The connection that writes; `nil` if the file can't be written.
    private let writer: Mutex<SQLiteConnection?>
    private let reader: Mutex<SQLiteConnection>
    private let writing = DispatchQueue(label: "volumectl.sqlite.write")
    let reading = DispatchQueue(label: "volumectl.sqlite.read")
    private let waiting = Mutex<[Job]>([])
    /// Held by the thread that runs the waiting bodies.
    private let draining = Mutex(())
    /// Whether the writer is waiting for other processes.
    private let isAtLock = Atomic(false)
    /// Whether another process has been writing beyond a caller's deadline, and may still be.
    private let isHeldUp = Atomic(false)
    private let observer: CommitObserver?
    private let commits = Atomic(0)

    /// A body that waits for its transaction.
    private struct Job: Sendable {
        /// Runs the body; returns its error, and a function to call after the transaction's commit.
        let run: @Sendable (any SQLConnection) -> (failure: (any Error)?, settle: @Sendable () -> Void)
        /// Called if the transaction has failed.
        let refuse: @Sendable (any Error) -> Void
    }

    /// Opens the database at `path`, or creates it, readable only by this user.
    ///
    /// - Parameter access: the purpose for which the database is opened.
    /// - Throws: ``SQLError`` if it can't be opened.
    public convenience init(path: String, access: DatabaseAccess = .change) throws {
        try self.init(path: path, access: access, observer: nil)
    }

    /// Opens a database whose commits are observed.
    package init(path: String, access: DatabaseAccess = .change, observer: CommitObserver?) throws {
        let path = try DatabaseFile.resolve(path)
        (locks, reserve) = try Self.lock(path, access)
        (self.path, self.observer, liveness) = (path, observer, FileLiveness(locks))
        soundness = reserve == nil ? nil : Soundness(of: path, locks)
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

    /// Opens the owner locks, with a lock that shows that this process is alive, and the reserve. If the files can't be
    /// written and `access` permits that, the locks are only opened for looking at those of others.
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

    /// Runs `body` while no other process creates or migrates the database.
    private static func exclusively(_ locks: OwnerLocks, _ body: () throws -> Void) throws {
        do {
            try locks.exclusively(body)
        } catch let error as OwnerLockError {
            throw SQLError(error)
        }
    }

    /// Finds out which of the processes that use the file are alive.
    public let liveness: any Liveness

    /// Whether the database can only be read, because its files can't be written.
    public var isReadOnly: Bool { reserve == nil }

    /// The number of transactions that were committed.
    package var commitCount: Int { commits.load(ordering: .relaxed) }

    /// Creates or migrates the tables of `schemas`.
    ///
    /// - Throws: ``SQLError``: `schemaFromTheFuture` if a newer program has migrated a table; `notPermitted` if the
    ///   tables have to be migrated and the database can't be written.
    public func install(_ schemas: [Schema]) throws {
        guard !isReadOnly else { return try verify(schemas) }
        try writer.withLock { connection in
            guard let connection, try !schemas.areApplied(to: connection) else { return }
            try soundness?.require()
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

    /// Checks that the tables of a read-only database are up to date. If there is no file, they are created in memory.
    private func verify(_ schemas: [Schema]) throws {
        try reader.withLock { connection in
            guard try !schemas.areApplied(to: connection) else { return }
            guard connection.isInMemory else {
                throw SQLError(
                    .notPermitted,
                    "\(path): an older program made it, and it is read-only, so it can't be migrated"
                )
            }
            try connection.executeScript("PRAGMA query_only = OFF")
            try schemas.apply(to: connection)
            try connection.executeScript("PRAGMA query_only = ON")
        }
    }

    /// Runs `body` on a snapshot of the database. Writes are refused.
    public func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        let here = try BlockingExecutor.shared.runHere {
            try reader.withLockIfAvailable { connection in try Self.read(connection, body) }
        }
        if let result = here ?? nil { return result }
        return try await withCheckedThrowingContinuation { continuation in
            reading.async { [self] in
                continuation.resume(with: Swift.Result { try reader.withLock { try Self.read($0, body) } })
            }
        }
    }

    private static func read<Result>(
        _ connection: SQLiteConnection,
        _ body: (any SQLConnection) throws -> Result
    ) throws -> Result {
        try connection.execute("BEGIN")
        // A failure to end a transaction that only reads doesn't matter.
        defer { _ = try? connection.execute("COMMIT") }
        return try body(connection)
    }

    /// Runs `body` in a transaction that is durable when this function returns, and rolled back if it throws. Nobody else writes
    /// meanwhile, whatever the keys are, but their order is checked.
    public func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let place = Place()
            let expiry = SQLError(.outOfTime, "another process was writing until the deadline")
            let job = Job { connection in
                guard place.take() else { return (expiry, {}) }
                connection.heldKeys = HeldKeys(keys)
                let result = Swift.Result { try body(connection) }
                let failure: (any Error)? = if case .failure(let error) = result { error } else { nil }
                return (failure, { continuation.resume(with: result) })
            } refuse: {
                if !place.isGivenUp { continuation.resume(throwing: $0) }
            }
            if let deadline {
                // Even after its deadline, a body gets at least a second, and is given up only while another process
                // writes.
                giveUp(place, after: max(.seconds(1), deadline - .now)) { continuation.resume(throwing: expiry) }
            }
            let isFirst = waiting.withLock { jobs in
                jobs.append(job)
                return jobs.count == 1
            }
            guard isFirst else { return }
            // A caller with a deadline must return then, even if its thread would have to wait longer.
            if deadline == nil, BlockingExecutor.shared.runHere({ drain() }) != nil { return }
            writing.async { self.drain() }
        }
    }

    /// Gives up a place after `time`, as soon as it is waiting for another process.
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

    /// Runs all waiting bodies in one transaction. Bodies that arrive in the meantime wait for the next.
    private func drain() { draining.withLock { _ in drainOnce() } }

    private func drainOnce() {
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
        try soundness?.require()
        reserve?.makeRoom()
        try connection.execute("BEGIN IMMEDIATE")
        isAtLock.store(false, ordering: .relaxed)
        do {
            // If the file has been replaced, a process that opens the path now would take this process for dead.
            do throws(OwnerLockError) { try locks.verifyPlace() } catch { throw SQLError(error) }
            if jobs.count == 1 {
                // Its failure undoes the whole transaction.
                let result = jobs[0].run(connection)
                if result.failure == nil { try commit(connection) } else { _ = try? connection.execute("ROLLBACK") }
                return [result.settle]
            }
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

    /// Checks that there is enough free space to store something permanently, so that some is always left for removals.
    ///
    /// - Throws: ``SQLError``: `full` if there isn't.
    public func requireRoom() throws {
        guard let reserve, !reserve.fill() else { return }
        throw SQLError(.full, "\(path): less than 2 MiB are free on its file system, and these are kept for removals")
    }

    /// Ends the use of the database, after the last write. The log's content is moved into the database's file, so that
    /// a copy of the file is complete, unless another process uses the database; then the last one to close it does so.
    public func close() async {
        // A process that is writing moves the log's content when it closes the database.
        if !isReadOnly, !isHeldUp.load(ordering: .relaxed) { await moveLog() }
        reserve?.fill()
    }

    private func moveLog() async {
        await withCheckedContinuation { continuation in
            writing.async { [self] in
                draining.withLock { _ in
                    // First of all, so that of several processes that close at once the last one finds no other.
                    locks.retire()
                    guard !locks.isShared else { return }
                    // A failure does no harm: the log is as durable as the file, and stays in use.
                    if DatabaseFile.hasLog(path), (try? soundness?.require()) != nil {
                        writer.withLock { try? $0?.checkpoint() }
                    }
                    soundness?.leave()
                }
                continuation.resume()
            }
        }
    }

    /// Checks that a new file can be created at `target`, without creating it.
    ///
    /// - Throws: ``SQLError``: `exists` if there is a file; `cannotOpen`; `notPermitted`.
    public func requireBackup(canBeWrittenTo target: String) throws {
        try DatabaseCopy(of: path, locks).requireWritable(target)
    }

    /// Writes a copy of the database to a new file, and checks the copy.
    ///
    /// - Throws: ``SQLError``: `exists` if there is a file at `target`.
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
