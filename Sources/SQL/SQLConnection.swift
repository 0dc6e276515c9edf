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

    /// Runs several statements without arguments, such as a schema.
    func executeScript(_ script: String) throws(SQLError)

    /// Runs a step of a schema, in its text for this kind of database.
    func apply(_ step: Schema.Step) throws(SQLError)

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
}

extension SQLConnection {
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
