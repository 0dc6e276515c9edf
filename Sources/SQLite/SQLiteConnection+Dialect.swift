internal import FoundationEssentials
internal import SQL

// Queries whose SQL differs between databases.
extension SQLiteConnection {
    /// Yes: there is one writer at a time.
    var writesAlone: Bool { true }

    /// Does nothing, since nobody else writes.
    func acquire(_ key: SQLKey) throws(SQLError) {}

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

    func tables() throws(SQLError) -> [SQLTable] {
        let names = try query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
            []
        )
        return try names.map { row throws(SQLError) in try table(named: row(0)) }
    }

    private func table(named name: String) throws(SQLError) -> SQLTable {
        let columns = try query("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", [name])
            .map { row throws(SQLError) -> (name: String, type: String, place: Int) in
                (try row(0), try row(1), try row(2))
            }
        let key = columns.filter { $0.place > 0 }.sorted { $0.place < $1.place }
        let references = try query("SELECT \"table\" FROM pragma_foreign_key_list(?)", [name])
            .map { row throws(SQLError) -> String in try row(0) }
        return SQLTable(
            name: name,
            columns: columns.map(\.name),
            key: key.map(\.name),
            identity: key.count == 1 && key[0].type == "INTEGER" ? key[0].name : nil,
            references: Set(references)
        )
    }

    /// SQLite does so by itself.
    func continueNumbers(of table: SQLTable) throws(SQLError) {}
}
