public import SQL

extension SQLiteDatabase {
    /// Runs `body` on the file at `path`, which it can only read. Nothing is created, migrated or waited for.
    ///
    /// - Throws: ``SQLError`` if there is no such file, or it can't be read at once; the error of `body`.
    public static func peek<Result>(
        at path: String,
        _ body: (any SQLConnection) throws -> Result
    ) throws -> Result {
        try body(DatabaseFile.openForReading(path, patience: 0))
    }
}
