internal import Dispatch
internal import Glibc
public import SQL
internal import Synchronization
internal import Threads

/// A database on a PostgreSQL server, for processes on many hosts.
///
/// A transaction that writes holds its keys, and without declared ones a lock of the whole database; it is durable when the
/// server says so. If the answer to a commit is lost, the database finds out what has become of it. All waiting happens on
/// the threads of ``BlockingExecutor``, never on those of Swift's pool.
public final class PostgreSQLDatabase: SQLDatabase {
    private let address: ServerAddress
    private let pool = ConnectionPool(readers: 4, writers: 4)
    private let lock: Int64
    /// The error of transactions that write; `nil` if they are possible.
    private let obstacle: SQLError?
    private let members: PostgreSQLLiveness
    private let terms: LeaseTerms
    private let exchanges: ExchangeOptions
    private let observer: CommitObserver?
    private let commits = Atomic(0)

    /// How long to try to connect again when a connection is lost: a server restarts, or its standby takes over.
    private static let recoveryTime = Duration.seconds(10)
    /// How long to try to find out the outcome of a commit.
    private static let settlementTime = Duration.seconds(60)

    /// Connects to the database at `address`, and creates the tables that every use of it needs.
    ///
    /// - Parameters:
    ///   - address: the server and the database.
    ///   - access: the purpose for which the database is opened.
    ///   - hostFile: a file in which the processes of this host that use the database lock bytes, so that they know at once
    ///     when one of them has died, and which programs it has left running. It is created if it is missing, in an existing
    ///     directory. Without it, a process counts as dead only when its lease has run out.
    /// - Throws: ``SQLError``: `cannotOpen` if there is no client library, no such server or database, or it can't be
    ///   used; `notPermitted` if it can only be read and `access` is `change`.
    public convenience init(_ address: ServerAddress, access: DatabaseAccess = .change, hostFile: String? = nil) throws
    {
        try self.init(address, access: access, hostFile: hostFile, observer: nil)
    }

    /// Opens a database whose commits are observed.
    package init(
        _ address: ServerAddress,
        access: DatabaseAccess = .change,
        hostFile: String? = nil,
        terms: LeaseTerms = .standard,
        exchanges: ExchangeOptions = ExchangeOptions(),
        observer: CommitObserver?
    ) throws {
        self.address = address
        self.terms = terms
        self.exchanges = exchanges
        self.observer = observer
        let survey = try pool.slots[0].connection
            .withLock { slot throws(SQLError) in
                do throws(SQLError) {
                    let connection = try PostgreSQLConnection(address, exchanges: exchanges)
                    defer { slot = connection }
                    return try Self.prepare(connection, access, terms)
                } catch {
                    throw error.at(address)
                }
            }
        lock = survey.lock
        var (host, obstacle) = (HostLocks?.none, survey.obstacle)
        if obstacle == nil, let hostFile {
            do throws(SQLError) {
                host = try HostLocks(path: hostFile)
            } catch {
                // A user who may not write on this host can look, as at a file.
                guard access == .look, [.notPermitted, .cannotOpen].contains(error.code) else { throw error }
                obstacle = error
            }
        }
        self.obstacle = obstacle
        members = PostgreSQLLiveness(at: address, host, isReading: obstacle != nil, terms: terms)
    }

    /// Looks at the server and the database, and makes the tables that every use of it needs.
    private static func prepare(
        _ connection: PostgreSQLConnection,
        _ access: DatabaseAccess,
        _ terms: LeaseTerms
    ) throws(SQLError) -> (lock: Int64, obstacle: SQLError?) {
        let survey = try ServerTable(connection: connection).survey(terms)
        if let obstacle = survey.obstacle {
            guard access == .look else { throw obstacle }
            return (survey.lock, obstacle)
        }
        try install([TransactionTable.schema] + PostgreSQLLiveness.schemas, on: connection, locking: survey.lock)
        try TransactionTable(connection: connection).prune()
        return (survey.lock, nil)
    }

    /// Finds out which of the processes that use the database are alive.
    public var liveness: any Liveness { members }

    /// Whether the database can only be read: the server is a standby, or the role has no permission to write.
    public var isReadOnly: Bool { obstacle != nil }

    /// The number of transactions that were committed.
    package var commitCount: Int { commits.load(ordering: .relaxed) }

    /// Creates or migrates the tables of `schemas`.
    ///
    /// - Throws: ``SQLError``: `schemaFromTheFuture` if a newer program has migrated a table; `notPermitted` if the
    ///   tables have to be migrated and the database can't be written.
    public func install(_ schemas: [Schema]) throws {
        try pool.slots[0].connection
            .withLock { connection in
                let current = try connect(&connection)
                guard let obstacle else { return try Self.install(schemas, on: current, locking: lock) }
                guard try !schemas.areApplied(to: current) else { return }
                throw SQLError(
                    .notPermitted,
                    "the tables have to be created or migrated, and \(obstacle.message)",
                    advice: obstacle.advice
                )
            }
    }

    private static func install(
        _ schemas: [Schema],
        on connection: PostgreSQLConnection,
        locking lock: Int64
    ) throws(SQLError) {
        guard try !schemas.areApplied(to: connection) else { return }
        let transaction = TransactionTable(connection: connection)
        do throws(SQLError) {
            try transaction.begin(locking: lock)
            try schemas.apply(to: connection)
            try transaction.commit(nil)
        } catch {
            transaction.rollback()
            throw error
        }
    }

    /// Runs `body` on a snapshot of the database. Writes are refused.
    ///
    /// A result that `mustBeSettled` is read again while nobody writes, so that whoever finds nothing holds up nobody. A standby
    /// does not know who writes: there any snapshot will do.
    public func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        let found = try await read(body) { transaction throws(SQLError) in try transaction.beginReading() }
        guard obstacle == nil, mustBeSettled(found) else { return found }
        return try await read(body) { [lock] transaction throws(SQLError) in
            try transaction.beginReading(locking: lock)
        }
    }

    private func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result,
        begin: @escaping @Sendable (TransactionTable) throws(SQLError) -> Void
    ) async throws -> Result {
        let slot = try await pool.take(for: .reading, until: nil)
        defer { pool.giveBack(slot, from: .reading) }
        return try await BlockingExecutor.shared.run { [self] () throws -> Result in
            try slot.connection.withLock { connection in
                let current = try self.begin(&connection, begin)
                defer { end(&connection) }
                return try body(current)
            }
        }
    }

    /// Runs `body` in a transaction that is durable when this function returns, and rolled back if it throws, beside those with
    /// other keys.
    public func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        if let obstacle { throw obstacle }
        // As in a file, a body gets at least a second.
        let deadline = deadline.map { max($0, .now + .seconds(1)) }
        let slot = try await pool.take(for: .writing, until: deadline)
        defer { pool.giveBack(slot, from: .writing) }
        return try await BlockingExecutor.shared.run { [self] () throws -> Result in
            try slot.connection.withLock { connection in
                defer { end(&connection) }
                let current = try beginWriting(&connection, under: keys, until: deadline)
                do {
                    let result = try body(current)
                    try commit(current)
                    return result
                } catch {
                    throw current.cause(of: error)
                }
            }
        }
    }

    private func beginWriting(
        _ connection: inout PostgreSQLConnection?,
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?
    ) throws(SQLError) -> PostgreSQLConnection {
        do throws(SQLError) {
            return try begin(&connection) { transaction throws(SQLError) in
                try members.register(on: transaction.connection)
                try transaction.begin(locking: lock, under: keys, patience: deadline.map { $0 - .now })
            }
        } catch {
            guard error.code == .busy, let deadline, deadline <= .now else { throw error }
            throw SQLError.late
        }
    }

    /// Begins a transaction. A lost connection is made anew: nothing has happened in it yet.
    private func begin(
        _ connection: inout PostgreSQLConnection?,
        _ begin: (TransactionTable) throws(SQLError) -> Void
    ) throws(SQLError) -> PostgreSQLConnection {
        let isFresh = connection == nil
        let current = try connect(&connection, within: Self.recoveryTime)
        // What is deferred at the beginning is sent again if the connection turns out to be lost then.
        current.reconnect = { [self] () throws(SQLError) in
            var connection: PostgreSQLConnection?
            return try connect(&connection, within: Self.recoveryTime)
        }
        do throws(SQLError) {
            try begin(TransactionTable(connection: current))
            return current
        } catch {
            guard error.code == .connectionLost, !isFresh else {
                end(&connection)
                throw error
            }
        }
        connection = nil
        let next = try connect(&connection, within: Self.recoveryTime)
        try begin(TransactionTable(connection: next))
        return next
    }

    /// Ends the transaction if there still is one, and drops a connection that can't be used any more.
    private func end(_ connection: inout PostgreSQLConnection?) {
        guard let current = connection else { return }
        current.reconnect = nil
        TransactionTable(connection: current).rollback()
        if current.isBroken { connection = nil }
    }

    /// - Parameter time: how long to try.
    private func connect(
        _ connection: inout PostgreSQLConnection?,
        within time: Duration = .zero
    ) throws(SQLError) -> PostgreSQLConnection {
        if let connection { return connection }
        let end = ContinuousClock.now + time
        while true {
            do throws(SQLError) {
                let new = try PostgreSQLConnection(address, exchanges: exchanges)
                let survey = try ServerTable(connection: new).survey(terms)
                // While a standby takes over, it can only be read.
                if let problem = survey.obstacle, obstacle == nil { throw problem }
                connection = new
                return new
            } catch {
                guard ContinuousClock.now < end else { throw error.at(address) }
                usleep(100_000)
            }
        }
    }

    private func commit(_ connection: PostgreSQLConnection) throws {
        try TransactionTable(connection: connection).prepareCommit()
        observer?(.before)
        let marker: Int64? = connection.hasWritten ? .random(in: .min ... .max) : nil
        do throws(SQLError) {
            try TransactionTable(connection: connection).commit(marker)
        } catch {
            guard error.code == .connectionLost, let marker else { throw error }
            guard try settle(marker, after: error) else { throw error }
        }
        commits.add(1, ordering: .relaxed)
        observer?(.after)
    }

    /// Finds out whether the transaction with this marker was committed.
    ///
    /// - Throws: `outcomeUnknown` if that can't be found out in time.
    private func settle(_ marker: Int64, after error: SQLError) throws(SQLError) -> Bool {
        let end = ContinuousClock.now + Self.settlementTime
        while true {
            do throws(SQLError) {
                var connection: PostgreSQLConnection?
                return try TransactionTable(connection: try connect(&connection)).settle(marker)
            } catch let failure {
                guard ContinuousClock.now < end else {
                    throw SQLError(
                        .outcomeUnknown,
                        "\(address): whether the last transaction was committed is not known: \(error.message); "
                            + "\(failure.message)"
                    )
                }
                usleep(100_000)
            }
        }
    }

    /// Does nothing: the server's administrator watches over its space.
    public func requireRoom() {}

    /// Ends the use of the database, and closes the connections that are not in use.
    public func close() async {
        try? await BlockingExecutor.shared.run { [self] () throws -> Void in
            for slot in pool.slots {
                _ = slot.connection.withLockIfAvailable { connection in
                    if let current = connection, obstacle == nil, slot === pool.slots[0] {
                        // A failure does no harm: the process is not there any more, either way.
                        try? members.end(on: current)
                    }
                    connection = nil
                }
            }
        }
    }

    /// Refuses, since a server is backed up by its own programs.
    ///
    /// - Throws: ``SQLError``: `unsupported`.
    public func requireBackup(canBeWrittenTo path: String) throws { throw noBackup }

    /// Refuses, since a server is backed up by its own programs.
    ///
    /// - Throws: ``SQLError``: `unsupported`.
    public func backup(to path: String) async throws { throw noBackup }

    private var noBackup: SQLError {
        SQLError(
            .unsupported,
            "a database on a PostgreSQL server is copied by PostgreSQL's own programs",
            advice: "copy it: pg_dump --format=custom --file=volumes.dump '\(address)'"
        )
    }
}

extension SQLError {
    /// The error with the address in its message.
    fileprivate func at(_ address: ServerAddress) -> SQLError {
        SQLError(code, "\(address): \(message)", statement: statement, advice: advice)
    }
}
