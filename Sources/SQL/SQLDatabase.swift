/// A database: SQLite, or any other that keeps what this says.
public protocol SQLDatabase: Sendable {
    /// Which of the processes that use the database are alive.
    var liveness: any Liveness { get }

    /// Whether the database can only be read, because its files or its server allow no more.
    var isReadOnly: Bool { get }

    /// Makes the tables of `schemas`, or brings them up to date. Several processes may do so at once. Blocks its caller: a
    /// program does this once, before it does anything else with the database.
    ///
    /// - Throws: ``SQLError``: `schemaFromTheFuture` when a newer program has changed a table.
    func install(_ schemas: [Schema]) throws

    /// Runs `body` in a transaction that is durable when this returns and undone if this throws. Bodies that are handed
    /// over at the same moment may share one transaction, in which each stands or falls alone.
    ///
    /// - Parameter deadline: when to stop waiting for other writers; `body` is not called then.
    /// - Throws: ``SQLError``: `outOfTime` at the deadline; what `body` throws.
    func write<Result: Sendable>(
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result

    /// Runs `body` on one unchanging state of the database. What it writes is refused.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result

    /// Refuses what needs room to stay, if there is hardly any: what frees room has to be possible afterwards.
    ///
    /// - Throws: ``SQLError``: `full`.
    func requireRoom() throws

    /// Ends the use of the database, so that a copy of its files is complete unless another process uses it.
    func close() async

    /// Writes a checked copy of the database as it is now to a file that isn't there.
    ///
    /// - Throws: ``SQLError``: `exists` when there is such a file.
    func backup(to path: String) async throws
}

/// What a database is opened for.
public enum DatabaseAccess: Sendable, Hashable {
    /// Reading and writing.
    case change
    /// Reading; a database that can be written is made and brought up to date all the same.
    case look
}

/// Hears of every commit, on the thread that makes it: for tests that stop the process there.
package typealias CommitObserver = @Sendable (CommitMoment) -> Void

/// A moment of a commit.
package enum CommitMoment: Sendable, Hashable {
    /// All is written and nothing is durable.
    case before
    /// All is durable and nobody has been told.
    case after
}
