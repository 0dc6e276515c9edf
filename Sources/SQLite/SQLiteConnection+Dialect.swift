internal import FoundationEssentials
internal import SQL

// Queries whose SQL differs between databases.
extension SQLiteConnection {
    func time() throws(SQLError) -> Date {
        let rows = try query(
            "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000",
            []
        )
        guard let row = rows.first else { throw SQLError(.corrupt, "the database does not know the time") }
        return try row(0)
    }

    func hasTable(_ name: String) throws(SQLError) -> Bool {
        try !query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [name]).isEmpty
    }
}
