public import FoundationEssentials

/// A connection to a database, lent to one caller at a time.
///
/// Statements are in the SQL that SQLite and PostgreSQL share, with `?` for arguments and `ON CONFLICT` for existing
/// rows.
public protocol SQLConnection: AnyObject {
    /// Runs a statement, and returns the number of rows that it changed.
    @discardableResult
    func execute(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Int

    /// Runs a statement, and returns the rows of its result.
    func query(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> [SQLRow]

    /// Runs a query at this place among the statements, and leaves its result to later. In a network, several queries that don't
    /// depend on each other cost one round trip in this way.
    func fetch(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Fetched<[SQLRow]>

    /// Runs a statement of which the caller needs no result, at this place among the statements, but perhaps only together
    /// with a later one. In a network, that saves a round trip.
    ///
    /// An error of the statement is thrown here, or by the next statement that has a result, or at the end of the `attempt`
    /// around it, or at the commit, whichever comes first; it names this statement. Statements in between have no effect.
    func write(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError)

    /// Runs a statement that has to change exactly one row, as ``write(_:_:)`` does.
    ///
    /// - Parameter error: the error if it doesn't. It may not count on reading from the database. It is thrown where an error of
    ///   the statement would be, or in its place `failedBefore` by a statement; it then comes at the end of the `attempt`, or of
    ///   the transaction.
    func writeRow(
        _ statement: String,
        _ arguments: [any SQLConvertible],
        orThrow error: @escaping @autoclosure () -> any Error
    ) throws

    /// Runs `body`, and undoes its writes if it throws; the transaction can go on then. All that is written in `body` is
    /// resolved at the end: an error of it that has not been thrown yet is thrown by the attempt.
    ///
    /// An error must be caught only around an attempt, nowhere in a transaction else. One of a statement before the attempt
    /// fails the transaction, even if it is caught here.
    func attempt<Result>(_ body: () throws -> Result) throws -> Result

    /// Runs several statements without arguments, such as a schema.
    func executeScript(_ script: String) throws(SQLError)

    /// Runs a step of a schema, in its text for this kind of database.
    func apply(_ step: Schema.Step) throws(SQLError)

    /// The keys that the transaction holds.
    var heldKeys: HeldKeys { get set }

    /// Whether nobody else writes while the transaction does, whatever its keys are: what it has read stays as it is.
    var writesAlone: Bool { get }

    /// Waits until no other transaction holds the key, and keeps it from others until the end of the transaction. Called by
    /// ``lock(_:)``, which checks the order.
    func acquire(_ key: SQLKey) throws(SQLError)

    /// Returns the time of the database's machine.
    func time() throws(SQLError) -> Date

    /// Whether the database has a table of this name.
    func hasTable(_ name: String) throws(SQLError) -> Bool

    /// Returns all tables, sorted by name, except for those that the database keeps for itself.
    func tables() throws(SQLError) -> [SQLTable]

    /// Has the database number further rows of the table after the highest number that there is, also if rows were inserted
    /// with their numbers.
    func continueNumbers(of table: SQLTable) throws(SQLError)
}

extension SQLConnection {
    /// Runs a statement, and returns the number of rows that it changed.
    @discardableResult
    public func execute(_ statement: String, _ arguments: any SQLConvertible...) throws(SQLError) -> Int {
        try execute(statement, arguments)
    }

    /// Runs a statement, and returns the rows of its result.
    public func query(_ statement: String, _ arguments: any SQLConvertible...) throws(SQLError) -> [SQLRow] {
        try query(statement, arguments)
    }

    /// Runs a query, and leaves its result to later.
    public func fetch(_ statement: String, _ arguments: any SQLConvertible...) throws(SQLError) -> Fetched<[SQLRow]> {
        try fetch(statement, arguments)
    }

    /// Runs a statement of which the caller needs no result, perhaps only together with a later one.
    public func write(_ statement: String, _ arguments: any SQLConvertible...) throws(SQLError) {
        try write(statement, arguments)
    }

    /// Runs a statement that has to change exactly one row, perhaps only together with a later one.
    public func writeRow(
        _ statement: String,
        _ arguments: any SQLConvertible...,
        orThrow error: @escaping @autoclosure () -> any Error
    ) throws {
        try writeRow(statement, arguments, orThrow: error())
    }
}

// What a database without a network does: everything at once.
extension SQLConnection {
    /// Runs the query at once.
    public func fetch(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Fetched<[SQLRow]> {
        let rows = try query(statement, arguments)
        return Fetched { rows }
    }

    /// Runs the statement at once.
    public func write(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) {
        try execute(statement, arguments)
    }

    /// Runs the statement at once.
    public func writeRow(
        _ statement: String,
        _ arguments: [any SQLConvertible],
        orThrow error: @escaping @autoclosure () -> any Error
    ) throws {
        guard try execute(statement, arguments) == 1 else { throw error() }
    }

    /// Runs `body` between a savepoint and its release.
    public func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        let keys = heldKeys
        try execute("SAVEPOINT attempt", [])
        do {
            let result = try body()
            try execute("RELEASE attempt", [])
            return result
        } catch {
            try undo(to: "attempt", because: error)
            heldKeys = keys
            throw error
        }
    }
}

extension SQLConnection {
    /// Whether the transaction holds all keys.
    public var writesAlone: Bool { heldKeys == .everything }

    /// Runs a step of a schema.
    public func apply(_ step: Schema.Step) throws(SQLError) { try executeScript(step.text) }

    /// Rolls the transaction back to `savepoint`, because of `error`.
    ///
    /// - Throws: `error` if the database has already rolled back the whole transaction because of it; otherwise the
    ///   failure of the rollback.
    package func undo(to savepoint: String, because error: any Error) throws(SQLError) {
        do throws(SQLError) {
            try executeScript("ROLLBACK TO \(savepoint); RELEASE \(savepoint)")
        } catch let failure {
            if let error = error as? SQLError, error.concernsStore { throw error }
            throw failure
        }
    }
}
