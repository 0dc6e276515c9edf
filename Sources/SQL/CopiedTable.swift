/// The statements by which any table is copied from one database to another, and no others.
package struct CopiedTable: Sendable {
    /// The table, as the source has it.
    package let table: SQLTable

    /// The number of rows that one statement inserts.
    private static let rowsPerStatement = 25

    /// - Parameter table: the table, as the source has it.
    package init(_ table: SQLTable) { self.table = table }

    private var name: String { Self.quoted(table.name) }
    private var columns: String { table.columns.map(Self.quoted).joined(separator: ", ") }
    private var key: String { table.key.map(Self.quoted).joined(separator: ", ") }

    /// Returns rows in the order of their keys, at most `limit`.
    ///
    /// - Parameter key: the key after which they begin; `nil` for the first rows.
    package func rows(
        after key: [SQLValue]?,
        limit: Int,
        in connection: any SQLConnection
    ) throws(SQLError) -> [[SQLValue]] {
        let start = key.map { " WHERE (\(self.key)) > (\(Self.places($0.count)))" } ?? ""
        return
            try connection.query(
                "SELECT \(columns) FROM \(name)\(start) ORDER BY \(self.key) LIMIT ?",
                (key ?? []) + [.integer(Int64(limit))]
            )
            .map(\.values)
    }

    /// The key of a row.
    package func key(of row: [SQLValue]) -> [SQLValue] {
        table.key.compactMap { column in table.columns.firstIndex(of: column).map { row[$0] } }
    }

    /// Inserts rows with all their values, including those that the database would number.
    package func insert(_ rows: [[SQLValue]], in connection: any SQLConnection) throws(SQLError) {
        var rest = rows[...]
        while !rest.isEmpty {
            // Only two forms of the statement, because each is prepared once.
            let part = rest.prefix(rest.count < Self.rowsPerStatement ? 1 : Self.rowsPerStatement)
            rest = rest.dropFirst(part.count)
            let row = "(\(Self.places(table.columns.count)))"
            try connection.execute(
                "INSERT INTO \(name) (\(columns)) VALUES " + part.map { _ in row }.joined(separator: ", "),
                part.flatMap { $0 }
            )
        }
    }

    /// Removes all rows.
    package func clear(in connection: any SQLConnection) throws(SQLError) {
        try connection.execute("DELETE FROM \(name)")
    }

    /// Returns the number of rows.
    package func count(in connection: any SQLConnection) throws(SQLError) -> Int {
        try connection.query("SELECT COUNT(*) FROM \(name)").first?(0) ?? 0
    }

    /// Returns the highest number that the database has given to a row; `nil` without rows, and if it numbers none.
    package func highestNumber(in connection: any SQLConnection) throws(SQLError) -> Int64? {
        guard let identity = table.identity else { return nil }
        return try connection.query("SELECT MAX(\(Self.quoted(identity))) FROM \(name)").first?(0)
    }

    private static func places(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }

    /// A name as every database takes it, whatever it is.
    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
