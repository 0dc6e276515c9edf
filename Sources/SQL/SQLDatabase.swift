/// A database: SQLite, or any other that fulfils this contract.
public protocol SQLDatabase: Sendable {
    /// Finds out which of the processes that use the database are alive.
    var liveness: any Liveness { get }

    /// Whether the database can only be read, because its files or its server permit no writes.
    var isReadOnly: Bool { get }

    /// Makes the tables of `schemas`, or brings them up to date. Several processes may do so at once. Blocks its
    /// caller: a program does this once, before it does anything else with the database.
    ///
    /// - Throws: ``SQLError``: `schemaFromTheFuture` if a newer program has migrated a table.
    func install(_ schemas: [Schema]) throws

    /// Runs `body` in a transaction that is durable when this function returns, and rolled back if it throws, beside those that
    /// have declared other keys. It sees all that was committed under its keys, and nobody else writes under them until it
    /// ends; see ``SQLConnection/lock(_:)`` for further ones. Concurrent calls may share one transaction, but a failure of one
    /// doesn't affect the others.
    ///
    /// - Parameters:
    ///   - keys: the keys that the body relies on, in any order; `nil` for all, so that nobody else writes.
    ///   - deadline: the time at which to stop waiting for other writers; `body` is then not called.
    /// - Throws: ``SQLError``: `outOfTime` at the deadline; the error of `body`.
    func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result

    /// Runs `body` on a snapshot of the database. Writes are refused.
    ///
    /// - Parameter mustBeSettled: whether no row with a smaller number than those in the result may appear later. `body` is then
    ///   called once more if need be, on a snapshot from a moment at which nobody was writing.
    func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result

    /// Checks that there is enough free space to store something permanently, so that some is always left for removals.
    ///
    /// - Throws: ``SQLError``: `full` if there isn't.
    func requireRoom() throws

    /// Reads all that is stored, and checks what the database can check of it: damage that no request has met yet.
    func examine() async throws -> DatabaseCondition

    /// Ends the use of the database. A copy of its files is then complete, unless another process uses it.
    func close() async

    /// Checks that a new file can be created at `path`, without creating it.
    ///
    /// - Throws: ``SQLError``: `exists` if there is a file; `cannotOpen`; `notPermitted`.
    func requireBackup(canBeWrittenTo path: String) throws

    /// Writes a copy of the database to a new file, and checks the copy.
    ///
    /// - Throws: ``SQLError``: `exists` if there is a file at `path`.
    func backup(to path: String) async throws
}

extension SQLDatabase {
    /// Runs `body` in a transaction while nobody else writes.
    ///
    /// - Parameter deadline: the time at which to stop waiting for other writers; `body` is then not called.
    /// - Throws: ``SQLError``: `outOfTime` at the deadline; the error of `body`.
    public func write<Result: Sendable>(
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await write(under: nil, until: deadline, body)
    }

    /// Runs `body` on any snapshot of the database. Writes are refused.
    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await read(settledIf: { _ in false }, body)
    }
}

/// The purpose for which a database is opened.
public enum DatabaseAccess: Sendable, Hashable {
    /// Reading and writing.
    case change
    /// Reading. A database that can be written is created or migrated nevertheless.
    case look
}

/// Called at every commit, on its thread, for tests that stop the process there.
package typealias CommitObserver = @Sendable (CommitMoment) -> Void

/// A moment of a commit.
package enum CommitMoment: Sendable, Hashable {
    /// Everything is written and nothing is durable.
    case before
    /// Everything is durable, and the callers have not returned yet.
    case after
}
