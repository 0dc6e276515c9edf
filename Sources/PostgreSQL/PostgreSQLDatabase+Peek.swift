public import SQL

extension PostgreSQLDatabase {
    /// Runs `body` on the database, which it can only read. Nothing is created or migrated, and a server that doesn't answer
    /// within two seconds is not waited for.
    ///
    /// - Throws: ``SQLError`` if the database can't be read; the error of `body`.
    public static func peek<Result>(
        at address: ServerAddress,
        _ body: (any SQLConnection) throws -> Result
    ) throws -> Result {
        let connection = try PostgreSQLConnection(address, patience: .seconds(2))
        try TransactionTable(connection: connection).beginReading()
        return try body(connection)
    }
}
