public import FoundationEssentials

/// A connection to a database, lent to one caller at a time.
///
/// Statements are in the SQL that SQLite and PostgreSQL share: `?` for arguments, `ON CONFLICT` for what is there already.
public protocol SQLConnection: AnyObject {
    /// Runs a statement and gives the number of rows that it changed.
    @discardableResult
    func execute(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Int

    /// The rows that a statement gives.
    func query(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> [SQLRow]

    /// Runs several statements without arguments, such as a schema.
    func executeScript(_ script: String) throws(SQLError)

    /// The database's time, by the clock of the machine that it is on.
    func time() throws(SQLError) -> Date

    /// Whether the database has a table of this name.
    func hasTable(_ name: String) throws(SQLError) -> Bool
}

extension SQLConnection {
    /// Runs a statement and gives the number of rows that it changed.
    @discardableResult
    public func execute(_ statement: String, _ arguments: any SQLConvertible...) throws(SQLError) -> Int {
        try execute(statement, arguments)
    }

    /// The rows that a statement gives.
    public func query(_ statement: String, _ arguments: any SQLConvertible...) throws(SQLError) -> [SQLRow] {
        try query(statement, arguments)
    }
}

extension SQLConnection {
    /// Undoes all since `savepoint`, because of `error`.
    ///
    /// - Throws: when the database has given up the whole transaction: what it said then, and not that there is no savepoint.
    package func undo(to savepoint: String, because error: any Error) throws(SQLError) {
        do throws(SQLError) {
            try executeScript("ROLLBACK TO \(savepoint); RELEASE \(savepoint)")
        } catch let failure {
            if let error = error as? SQLError, error.concernsStore { throw error }
            throw failure
        }
    }
}
